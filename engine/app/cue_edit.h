#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/app/subtitle_options.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"
#include "engine/subtitles/glossary.h"
#include "engine/subtitles/profanity.h"

namespace subtide {

/// What is done to the cues of a subtitle file. Changed words mean a new layout.
struct CueEdits {
  MediaTime start{0};  ///< cues that end before are left out, one that is cut begins here
  std::optional<MediaDuration> duration;
  MediaDuration offset{0};  ///< applied after the cut; what ends before zero is left out
  bool relayout = false;
  std::string style = "netflix";
  Glossary glossary;
  ProfanityMode profanity = ProfanityMode::kKeep;

  bool changes_words() const;
  bool is_any() const;
};

/// From the options of the command; reads the glossary file. Errors: as read_file(),
/// parse_glossary().
Result<CueEdits> load_cue_edits(const SubtitleOptions& options);

/// Errors: kInvalidArgument for impossible layout rules.
Result<std::vector<Cue>> edit_cues(std::vector<Cue> cues, const CueEdits& edits);

/// The words of phrases of one language as cues by the rules of `style`.
Result<std::vector<Cue>> lay_out(const std::vector<Phrase>& phrases, const std::string& style,
                                 const std::string& language);

/// Reads a glossary file; an empty glossary for nothing. Errors: as read_file(), parse_glossary().
Result<Glossary> load_glossary(const std::optional<std::filesystem::path>& path);

}  // namespace subtide
