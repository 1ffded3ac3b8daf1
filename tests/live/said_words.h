#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/transcript.h"
#include "tests/live/live_run.h"

namespace subtide {

/// Times of one output, beside the truth.
struct Offsets {
  std::vector<double> ms;
  void add(MediaDuration difference) { ms.push_back(to_seconds(difference) * 1000); }
  /// "24 words, -3 to 12 ms, median 4".
  std::string summary();
};

/// What was said, as the events of a run tell it.
std::vector<Word> words_of_events(const LiveRun& run);

/// The spoken words of a cue, punctuation and capitals aside.
std::vector<std::string> words_of(const std::string& text);

/// The CEA-608 captions of a field inside the pictures of a file, as ffmpeg decodes them, at the
/// file's own times. Names with characters that mean something to ffmpeg's filters do not work.
std::vector<ShownCue> captions_in(const std::filesystem::path& video,
                                  const std::string& field = "first");

/// The cues of the first text track of a file, as ffmpeg reads it.
std::vector<ShownCue> text_track_of(const std::filesystem::path& file);

}  // namespace subtide
