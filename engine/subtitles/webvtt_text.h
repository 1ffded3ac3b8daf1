#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// The payload of a WebVTT cue, made plain.
struct WebVttText {
  std::vector<std::string> lines;
  std::optional<std::string> speaker;  ///< when one voice speaks the whole cue
};

/// Reads a payload strictly: tags must be known, closed and nested, character references whole.
/// `first_line` is its line in the file, for messages. Ruby text (<rt>) is left out.
Result<WebVttText> read_webvtt_text(std::string_view payload, int first_line);

}  // namespace subtide
