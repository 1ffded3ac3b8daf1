#include "models/fake/tone_listener.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>

namespace subtide {
namespace {

constexpr std::size_t kFrame = 80;        ///< samples: 5 ms
constexpr int kLoud = 1500;               ///< mean absolute value of a frame with a tone in it
constexpr std::size_t kShortest = 8;      ///< frames
constexpr std::size_t kCutShortest = 30;  ///< frames of a tone whose begin is missing
constexpr double kLowest = 300;
constexpr double kStep = 50;
constexpr int kMost = 60;

bool is_loud(std::span<const std::int16_t> frame) {
  long sum = 0;
  for (const auto sample : frame) sum += std::abs(static_cast<int>(sample));
  return sum > kLoud * static_cast<long>(frame.size());
}

/// From the times at which the sound crosses zero, the first to the last.
std::optional<double> frequency_of(std::span<const std::int16_t> tone) {
  double first = 0;
  double last = 0;
  int crossings = 0;
  for (std::size_t i = 1; i < tone.size(); ++i) {
    if ((tone[i - 1] < 0) == (tone[i] < 0)) continue;
    const double rise = static_cast<double>(tone[i]) - tone[i - 1];
    const double at = static_cast<double>(i) - 1 - tone[i - 1] / rise;
    if (crossings == 0) first = at;
    last = at;
    ++crossings;
  }
  if (crossings < 4 || last <= first) return std::nullopt;
  return kSpeechSampleRate * (crossings - 1) / (2 * (last - first));
}

std::optional<std::string> word_of(std::span<const std::int16_t> tone) {
  // The middle: its ends may fade.
  const auto frequency = frequency_of(tone.subspan(tone.size() / 5, tone.size() * 3 / 5));
  if (!frequency) return std::nullopt;
  const double number = std::round((*frequency - kLowest) / kStep);
  if (number < 0 || number >= kMost) return std::nullopt;
  return fmt::format("t{}", static_cast<int>(number));
}

/// Tones of one piece, whose first sample is `offset` of the window.
void hear_piece(const AudioWindow& window, std::size_t offset, std::span<const std::int16_t> piece,
                std::vector<Word>& words) {
  const std::size_t frames = piece.size() / kFrame;
  std::size_t begin = 0;
  const auto is_loud_at = [&](std::size_t frame) {
    return is_loud(piece.subspan(frame * kFrame, kFrame));
  };
  while (begin < frames) {
    if (!is_loud_at(begin)) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < frames && is_loud_at(end)) ++end;
    const std::size_t needed = begin == 0 ? kCutShortest : kShortest;
    const auto text = end - begin >= needed
                          ? word_of(piece.subspan(begin * kFrame, (end - begin) * kFrame))
                          : std::nullopt;
    if (text) {
      const auto at = [&](std::size_t frame, AudioWindow::Border border) {
        const auto sample = static_cast<std::int64_t>(offset + frame * kFrame);
        return window.media_time(samples_to_duration(sample), border);
      };
      words.push_back(
          {*text, {at(begin, AudioWindow::Border::kBegin), at(end, AudioWindow::Border::kEnd)}});
    }
    begin = end;
  }
}

}  // namespace

std::vector<Word> hear_tones(const AudioWindow& window) {
  std::vector<Word> words;
  const auto pieces = window.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t begin = pieces[i].first_sample;
    const std::size_t end =
        i + 1 < pieces.size() ? pieces[i + 1].first_sample : window.samples().size();
    hear_piece(window, begin, window.samples().subspan(begin, end - begin), words);
  }
  return words;
}

}  // namespace subtide
