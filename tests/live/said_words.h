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

/// Each word of the truth is there once, in order and within 100 ms, but for those near a break of
/// the source or behind `until`; else the test fails.
Offsets compare_words(const std::vector<Word>& truth, const std::vector<Word>& said,
                      const std::vector<MediaTime>& breaks, MediaTime until);
void expect_nothing_doubled(const std::vector<Word>& said);

/// Where the truth is silent for long, the source was away: the ends of these stretches.
std::vector<MediaTime> long_silences(const std::vector<Word>& truth);

/// The spoken words of a cue, punctuation and capitals aside.
std::vector<std::string> words_of(const std::string& text);

/// The CEA-608 captions of a field inside the pictures of a file, as ffmpeg decodes them, at the
/// file's own times. Names with characters that mean something to ffmpeg's filters do not work.
std::vector<ShownCue> captions_in(const std::filesystem::path& video,
                                  const std::string& field = "first");

/// The cues of the first text track of a file, as ffmpeg reads it.
std::vector<ShownCue> text_track_of(const std::filesystem::path& file);

}  // namespace subtide
