#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// What a viewer reads: one to a few lines, shown from span.begin to span.end.
struct Cue {
  std::string id;  ///< unique in its language; "1", "2", … when made by us
  TimeSpan span;
  std::vector<std::string> lines;  ///< plain UTF-8 text, no markup, no line feeds
  std::string language;            ///< BCP 47
  std::optional<std::string> speaker;
  std::vector<Word> words;  ///< the timed words behind the lines; empty when unknown
  bool operator==(const Cue&) const = default;
};

}  // namespace subtide
