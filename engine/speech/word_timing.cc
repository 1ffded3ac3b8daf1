#include "engine/speech/word_timing.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "engine/speech/audio_window.h"
#include "engine/speech/sound_frames.h"
#include "engine/speech/spoken_length.h"
#include "engine/speech/word_alignment.h"

namespace subtide {
namespace {

constexpr int kStray = 80;  ///< frames by which words may leave their phrase's span
constexpr double kSlowest = 2.0;
constexpr double kFastest = 0.5;
constexpr double kFramesPerSecond = 100.0;

int to_frame(MediaTime time) { return static_cast<int>(time / kSoundFrame); }

bool ends_clause(const std::string& text) {
  constexpr std::string_view kStops = ".,!?;:";
  return !text.empty() && kStops.find(text.back()) != std::string_view::npos;
}

std::vector<double> ordinary_lengths(const std::vector<RoughWord>& words) {
  std::vector<double> lengths;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool pauses = i + 1 == words.size() || ends_clause(words[i].text);
    lengths.push_back(
        spoken_length(words[i].text, pauses ? SpokenPlace::kBeforePause : SpokenPlace::kInside));
  }
  return lengths;
}

/// How many times slower than ordinary a phrase is spoken, told from how long it is loud.
double pace(const std::vector<double>& lengths, const SoundFrames& sound, int begin, int end) {
  double ordinary = 0.0;
  for (const double length : lengths) ordinary += length * kFramesPerSecond;
  const auto loud = std::count_if(sound.loudness.begin() + begin, sound.loudness.begin() + end,
                                  [](float loudness) { return loudness > kLoudLevel; });
  return std::clamp(static_cast<double>(loud) / ordinary, kFastest, kSlowest);
}

void expect_phrase(const RoughPhrase& phrase, const SoundFrames& sound,
                   std::vector<ExpectedWord>& words) {
  const int frames = static_cast<int>(sound.loudness.size());
  const int begin = std::clamp(to_frame(phrase.span.begin), 0, frames);
  const int end = std::clamp(to_frame(phrase.span.end), begin, frames);
  const std::vector<double> lengths = ordinary_lengths(phrase.words);
  if (lengths.empty()) return;
  const double slowness = pace(lengths, sound, begin, end) * kFramesPerSecond;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    words.push_back({.length = lengths[i] * slowness,
                     .first = std::max(begin - kStray, 0),
                     .last = std::min(end + kStray, frames),
                     .opens_phrase = i == 0,
                     .closes_phrase = i + 1 == lengths.size(),
                     .phrase_begin = begin,
                     .phrase_end = end});
  }
}

/// True when the words can follow each other within their limits.
bool has_room(const std::vector<ExpectedWord>& words) {
  int earliest = 0;
  for (const ExpectedWord& word : words) {
    earliest = std::max(earliest, word.first) + kLeastWordFrames;
    if (earliest > word.last) return false;
  }
  return true;
}

/// The audio in equal parts: for audio too short for its words.
std::vector<TimeSpan> even_spans(std::size_t words, MediaDuration duration) {
  std::vector<TimeSpan> spans;
  const auto count = static_cast<std::int64_t>(words);
  for (std::int64_t i = 0; i < count; ++i) {
    spans.push_back({duration * i / count, duration * (i + 1) / count});
  }
  return spans;
}

}  // namespace

std::vector<TimeSpan> time_words(std::span<const std::int16_t> samples,
                                 const std::vector<RoughPhrase>& phrases,
                                 const WordTimingOptions& options) {
  const SoundFrames sound = look_at_sound(samples);
  std::vector<ExpectedWord> words;
  for (const RoughPhrase& phrase : phrases) expect_phrase(phrase, sound, words);
  if (!has_room(words)) {
    for (ExpectedWord& word : words) {
      word.first = 0;
      word.last = static_cast<int>(sound.loudness.size());
    }
  }
  const double accuracy = to_seconds(options.phrase_accuracy) * kFramesPerSecond;
  std::vector<TimeSpan> spans = align_to_sound(words, sound, std::max(accuracy, 1.0));
  if (!spans.empty()) return spans;
  return even_spans(words.size(), samples_to_duration(static_cast<std::int64_t>(samples.size())));
}

}  // namespace subtide
