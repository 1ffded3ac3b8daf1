#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace CLI {
class App;
}

namespace subtide {

/// What is spoken and wanted, and by which models: the same for recordings and live streams. Each
/// field is the option of its name.
struct SpeechOptions {
  std::string language = "auto";
  std::vector<std::string> translate;  ///< BCP 47
  std::string recognizer = "auto";
  std::string translator = "auto";
  std::string detector = "auto";
  std::string style = "netflix";
  std::optional<std::filesystem::path> glossary;
  std::string profanity = "keep";
};

/// `options` must outlive the parsing.
void add_speech_options(CLI::App& app, SpeechOptions& options);

/// Checks what was typed, and takes languages that were named twice once.
/// Errors: kInvalidArgument names the option.
Status check_speech_options(SpeechOptions& options);

}  // namespace subtide
