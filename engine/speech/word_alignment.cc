#include "engine/speech/word_alignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace subtide {
namespace {

// Found by search on synthesised sentences with known times, then rounded.
constexpr double kLengthSpread = 0.22;  ///< of a word's length: deviation of its logarithm
constexpr double kQuietInWord = 0.10;   ///< a frame
constexpr double kLoudInPause = 0.28;   ///< a frame
constexpr double kPause = 0.3;          ///< each
constexpr double kChangeAtBegin = 0.25;
constexpr double kPhraseLimit = 6.0;  ///< a phrase's place may be wrong altogether
constexpr double kPhraseDrift = 0.1;  ///< past the limit
constexpr double kLoudnessSlope = 12.0;

constexpr double kImpossible = 1e30;
constexpr double kLongestRatio = 3.0;
constexpr int kLongestLeast = 20;
constexpr int kLongestMost = 200;

std::size_t index(int frame) { return static_cast<std::size_t>(frame); }

double place_cost(int frame, int expected, double accuracy) {
  const double off = std::abs(frame - expected) / accuracy;
  const double limit = std::sqrt(2.0 * kPhraseLimit);
  return off < limit ? 0.5 * off * off : kPhraseLimit + kPhraseDrift * (off - limit);
}

/// Cost of each length up to the longest one allowed.
std::vector<double> length_costs(double expected) {
  const int longest =
      std::clamp(static_cast<int>(expected * kLongestRatio), kLongestLeast, kLongestMost);
  std::vector<double> costs(index(longest) + 1, kImpossible);
  for (int length = kLeastWordFrames; length <= longest; ++length) {
    const double off = std::log(length / expected) / kLengthSpread;
    costs[index(length)] = 0.5 * off * off;
  }
  return costs;
}

class Alignment {
 public:
  Alignment(const std::vector<ExpectedWord>& words, const SoundFrames& sound, double accuracy)
      : words_(words),
        sound_(sound),
        accuracy_(accuracy),
        frames_(static_cast<int>(sound.loudness.size())) {
    for (const float loudness : sound.loudness) {
      const double loud = 1.0 / (1.0 + std::exp((kLoudLevel - loudness) * kLoudnessSlope));
      word_sum_.push_back(word_sum_.back() + kQuietInWord * (1.0 - loud));
      pause_sum_.push_back(pause_sum_.back() + kLoudInPause * loud);
    }
  }

  std::vector<TimeSpan> solve() {
    Costs ended(index(frames_) + 1, kImpossible);
    ended[0] = 0.0;
    for (const ExpectedWord& word : words_) {
      Choices choices{std::vector<int>(ended.size()), std::vector<int>(ended.size())};
      const Costs begun = begin_costs(word, ended, choices);
      ended = end_costs(word, begun, choices);
      choices_.push_back(std::move(choices));
    }
    return trace(ended);
  }

 private:
  using Costs = std::vector<double>;  ///< by frame: all words so far, this one beginning or ended

  struct Choices {
    std::vector<int> end_before;  ///< by this word's begin
    std::vector<int> begin;       ///< by this word's end
  };

  Costs begin_costs(const ExpectedWord& word, const Costs& ended, Choices& choices) const {
    Costs begun(ended.size(), kImpossible);
    double best = kImpossible;  // over earlier ends, less the pause costs up to there
    int best_end = 0;
    for (int t = 0; t < word.last; ++t) {
      const double touching = ended[index(t)];
      const double after_pause = best + pause_sum_[index(t)] + kPause;
      const double cost = std::min(touching, after_pause);
      if (t >= word.first && cost < kImpossible) {
        choices.end_before[index(t)] = touching <= after_pause ? t : best_end;
        begun[index(t)] = cost - kChangeAtBegin * sound_.change[index(t)];
        if (word.opens_phrase) begun[index(t)] += place_cost(t, word.phrase_begin, accuracy_);
      }
      if (touching < kImpossible && touching - pause_sum_[index(t)] < best) {
        best = touching - pause_sum_[index(t)];
        best_end = t;
      }
    }
    return begun;
  }

  Costs end_costs(const ExpectedWord& word, const Costs& begun, Choices& choices) const {
    Costs ended(begun.size(), kImpossible);
    const std::vector<double> by_length = length_costs(word.length);
    const int longest = static_cast<int>(by_length.size()) - 1;
    for (int begin = word.first; begin < word.last; ++begin) {
      if (begun[index(begin)] >= kImpossible) continue;
      const double base = begun[index(begin)] - word_sum_[index(begin)];
      const int stop = std::min(begin + longest, word.last);
      for (int end = begin + kLeastWordFrames; end <= stop; ++end) {
        const double cost = base + word_sum_[index(end)] + by_length[index(end - begin)];
        if (cost >= ended[index(end)]) continue;
        ended[index(end)] = cost;
        choices.begin[index(end)] = begin;
      }
    }
    if (word.closes_phrase) {
      for (int end = word.first; end <= word.last; ++end) {
        ended[index(end)] += place_cost(end, word.phrase_end, accuracy_);
      }
    }
    return ended;
  }

  std::vector<TimeSpan> trace(const Costs& ended) const {
    const auto cost = [&](int end) { return ended[index(end)] - pause_sum_[index(end)]; };
    int end = 0;
    for (int t = 1; t <= frames_; ++t) {
      if (cost(t) < cost(end)) end = t;
    }
    if (ended[index(end)] >= kImpossible) return {};
    std::vector<TimeSpan> spans(words_.size());
    for (std::size_t k = words_.size(); k-- > 0;) {
      const int begin = choices_[k].begin[index(end)];
      spans[k] = {begin * kSoundFrame, end * kSoundFrame};
      end = choices_[k].end_before[index(begin)];
    }
    return spans;
  }

  const std::vector<ExpectedWord>& words_;
  const SoundFrames& sound_;
  const double accuracy_;
  const int frames_;
  std::vector<double> word_sum_{0.0};   ///< cost of all frames before, as parts of words
  std::vector<double> pause_sum_{0.0};  ///< the same as parts of pauses
  std::vector<Choices> choices_;
};

}  // namespace

std::vector<TimeSpan> align_to_sound(const std::vector<ExpectedWord>& words,
                                     const SoundFrames& sound, double accuracy) {
  if (words.empty() || sound.loudness.empty()) return {};
  return Alignment(words, sound, accuracy).solve();
}

}  // namespace subtide
