#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/speech/ports.h"
#include "engine/subtitles/cue.h"

namespace subtide {

struct CueTranslation {
  std::string source_language;
  std::string target_language;
  std::string translator;  ///< spec
  std::string style;       ///< layout rules
  std::optional<std::filesystem::path> glossary;
};

struct TranslatedCues {
  std::vector<Cue> cues;
  ModelTraits model;
  std::vector<Gap> gaps;             ///< sentences that could not be translated
  std::vector<std::string> reasons;  ///< why, one line; empty when all is well
};

/// Translates the sentences of `cues` and lays them out anew, with the cues' borders as preferred
/// breaks. A sentence that fails becomes a gap; the others go on.
/// Errors: as ModelProvider::translator() and load_glossary(); kUnavailable when stopped.
Result<TranslatedCues> translate_cues(const std::vector<Cue>& cues, const CueTranslation& wish,
                                      ModelProvider& models, std::stop_token stop);

}  // namespace subtide
