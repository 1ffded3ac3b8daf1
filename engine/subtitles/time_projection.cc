#include "engine/subtitles/time_projection.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/unicode_text.h"
#include "engine/subtitles/word_shape.h"

namespace subtide {

namespace {

/// A shorter silence is part of the flow of words.
constexpr MediaDuration kPause = std::chrono::milliseconds(300);
/// How many characters a border may move for a break that reads as well as 30 (see break_badness).
constexpr double kCharactersPerBadness = 0.4;
/// A border that would move further than this share of the sentence is given up.
constexpr double kFarthest = 0.25;
constexpr double kAlwaysNear = 12;  // characters

/// Part of a sentence that is spoken without a pause.
struct Run {
  TimeSpan span;
  double end_share = 0;  ///< where it ends in the text of its section, 0..1
};

/// Shares of the text that lie before each word, and 1 at the end.
std::vector<double> text_shares(const std::vector<Word>& words) {
  std::vector<double> shares{0};
  for (const Word& word : words) shares.push_back(shares.back() + grapheme_count(word.text) + 1);
  for (double& share : shares) share /= std::max(shares.back(), 1.0);
  return shares;
}

double total_characters(const std::vector<Word>& words) {
  double total = 0;
  for (const Word& word : words) total += grapheme_count(word.text) + 1;
  return total;
}

class Projection {
 public:
  Projection(const Phrase& source, std::vector<Word> words, std::string_view language)
      : source_(source), words_(std::move(words)), language_(language) {
    const WordLists lists = WordLists::for_language(language);
    for (const Word& word : words_) shapes_.push_back(describe_word(word.text, lists, language));
  }

  Phrase run() {
    Phrase phrase;
    std::size_t source_from = 0;
    std::size_t target_from = 0;
    for (const auto& [source_at, target_at] : matched_borders()) {
      project_section(source_from, source_at, target_from, target_at);
      if (is_preferred(source_at)) phrase.preferred_breaks.push_back(target_at);
      source_from = source_at;
      target_from = target_at;
    }
    project_section(source_from, source_.words.size(), target_from, words_.size());
    phrase.words = std::move(words_);
    phrase.language = language_;
    phrase.is_punctuated = source_.is_punctuated;
    phrase.speaker = source_.speaker;
    return phrase;
  }

 private:
  /// Places of the source that the translation should share: its cue borders and its pauses.
  std::vector<std::size_t> source_borders() const {
    std::vector<std::size_t> borders = source_.preferred_breaks;
    for (std::size_t i = 1; i < source_.words.size(); ++i) {
      if (source_.words[i].span.begin - source_.words[i - 1].span.end >= kPause) {
        borders.push_back(i);
      }
    }
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    std::erase_if(borders, [&](std::size_t at) { return at == 0 || at >= source_.words.size(); });
    return borders;
  }

  /// Source borders and the target borders that answer them, both in order.
  std::vector<std::pair<std::size_t, std::size_t>> matched_borders() const {
    const std::vector<double> source_shares = text_shares(source_.words);
    const std::vector<double> target_shares = text_shares(words_);
    const double characters = total_characters(words_);
    std::vector<std::pair<std::size_t, std::size_t>> matched;
    std::size_t target_from = 0;
    for (const std::size_t border : source_borders()) {
      std::optional<std::size_t> best;
      double best_cost = 0;
      for (std::size_t at = target_from + 1; at < words_.size(); ++at) {
        const double moved = std::abs(target_shares[at] - source_shares[border]) * characters;
        if (moved > std::max(kAlwaysNear, kFarthest * characters)) continue;
        const double cost = moved + badness(at) * kCharactersPerBadness;
        if (best && cost >= best_cost) continue;
        best = at;
        best_cost = cost;
      }
      if (!best) continue;
      matched.emplace_back(border, *best);
      target_from = *best;
    }
    return matched;
  }

  bool is_preferred(std::size_t border) const {
    const std::vector<std::size_t>& breaks = source_.preferred_breaks;
    return std::find(breaks.begin(), breaks.end(), border) != breaks.end();
  }

  double badness(std::size_t at) const {
    const WordShape* before = at > 1 ? &shapes_[at - 2] : nullptr;
    return break_badness(before, shapes_[at - 1], shapes_[at], language_);
  }

  std::vector<Run> runs_of(std::size_t first, std::size_t last) const {
    const auto begin = source_.words.begin();
    const std::vector<Word> words(begin + static_cast<std::ptrdiff_t>(first),
                                  begin + static_cast<std::ptrdiff_t>(last));
    const std::vector<double> shares = text_shares(words);
    std::vector<Run> runs;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const TimeSpan span = words[i].span;
      if (runs.empty() || span.begin - runs.back().span.end >= kPause) runs.push_back({span, 0});
      runs.back().span.end = std::max(runs.back().span.end, span.end);
      runs.back().end_share = shares[i + 1];
    }
    return runs;
  }

  /// Gives target words [target_first, target_last) the time of source words [first, last).
  void project_section(std::size_t first, std::size_t last, std::size_t target_first,
                       std::size_t target_last) {
    const std::vector<Run> runs = runs_of(first, last);
    if (target_last - target_first == 1) {
      words_[target_first].span = {runs.front().span.begin, runs.back().span.end};
      return;
    }
    const auto begin = words_.begin();
    const std::vector<double> shares =
        text_shares({begin + static_cast<std::ptrdiff_t>(target_first),
                     begin + static_cast<std::ptrdiff_t>(target_last)});
    std::size_t from = target_first;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      std::size_t to = from;
      while (to < target_last && belongs(shares, to - target_first, runs, run)) ++to;
      if (to > from) share_time(words_, from, to, runs[run].span);
      from = to;
    }
  }

  /// True when a target word falls to this run or an earlier one: by its middle, but the first word
  /// falls to the first run and the last word to the last.
  static bool belongs(const std::vector<double>& shares, std::size_t word,
                      const std::vector<Run>& runs, std::size_t run) {
    const bool is_last_run = run + 1 == runs.size();
    if (is_last_run || word == 0) return true;
    if (word + 2 == shares.size()) return false;
    return (shares[word] + shares[word + 1]) / 2 <= runs[run].end_share;
  }

  const Phrase& source_;
  std::vector<Word> words_;
  std::string language_;
  std::vector<WordShape> shapes_;
};

}  // namespace

std::optional<Phrase> project_times(const Phrase& sentence, std::string_view text,
                                    std::string_view language) {
  std::vector<Word> words;
  for (std::string& part : split_words(text)) words.push_back({std::move(part), {}, 1.0F});
  if (words.empty() || sentence.words.empty()) return std::nullopt;
  float confidence = 0;
  for (const Word& word : sentence.words) confidence += word.confidence;
  for (Word& word : words) word.confidence = confidence / static_cast<float>(sentence.words.size());
  return Projection(sentence, std::move(words), language).run();
}

}  // namespace subtide
