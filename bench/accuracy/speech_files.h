#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/speech/transcript.h"
#include "engine/subtitles/cue.h"
#include "tests/support/spoken_text.h"

namespace subtide {

/// A recording as 16 kHz mono samples, decoded by ffmpeg where it is not that already.
/// Throws std::runtime_error when it cannot be read.
std::vector<std::int16_t> read_speech(const std::filesystem::path& file);
void write_speech(const std::filesystem::path& file, const std::vector<std::int16_t>& samples);

/// What is truly said: {"words": [{"text", "start", "end", "is_guess"}]}, seconds.
void write_truth(const std::filesystem::path& file, const SpokenText& spoken);
std::vector<Word> read_truth(const std::filesystem::path& file);

/// The cues of a JSON sidecar of ours, and the words of cues, in order.
std::vector<Cue> read_sidecar_cues(const std::filesystem::path& file);
std::vector<Word> words_of(const std::vector<Cue>& cues);

/// An English speech clip of media/MANIFEST.json.
struct Clip {
  std::string name;
  std::filesystem::path file;
  std::string transcript;
  std::filesystem::path timings;  ///< empty when there are none
};
std::vector<Clip> english_clips(const std::filesystem::path& media_folder);

/// The word times of a clip: {"items": [{"text", "start", "end"}]}; empty when they are phrases.
std::vector<Word> read_timings(const std::filesystem::path& file);

}  // namespace subtide
