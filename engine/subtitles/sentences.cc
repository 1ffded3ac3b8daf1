#include "engine/subtitles/sentences.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/subtitles/word_shape.h"

namespace subtide {

namespace {

/// The cost of cutting where nobody knows what comes: that of a break between any two words.
constexpr double kOpenEnd = 30;

/// Removes the first `count` words of `phrase` and gives them as a phrase.
Phrase take_front(Phrase& phrase, std::size_t count) {
  Phrase front = phrase;
  front.words.resize(count);
  std::erase_if(front.preferred_breaks, [&](std::size_t at) { return at >= count; });
  phrase.words.erase(phrase.words.begin(),
                     phrase.words.begin() + static_cast<std::ptrdiff_t>(count));
  std::erase_if(phrase.preferred_breaks, [&](std::size_t at) { return at <= count; });
  for (std::size_t& at : phrase.preferred_breaks) at -= count;
  return front;
}

}  // namespace

SentenceSplitter::SentenceSplitter(SentenceOptions options) : options_(options) {
  options_.most_words = std::max<std::size_t>(options_.most_words, 2);
}

std::vector<Phrase> SentenceSplitter::push(const Phrase& phrase) {
  std::vector<Phrase> out;
  if (phrase.words.empty()) return out;
  if (phrase.language != open_.language || phrase.speaker != open_.speaker) end_sentence(out);
  if (phrase.language != list_language_) {
    list_language_ = phrase.language;
    lists_ = WordLists::for_language(phrase.language);
  }
  open_.language = phrase.language;
  open_.speaker = phrase.speaker;
  open_.is_punctuated = phrase.is_punctuated;
  const std::vector<std::size_t>& breaks = phrase.preferred_breaks;
  for (std::size_t i = 0; i < phrase.words.size(); ++i) {
    const bool is_break = i == 0 || std::find(breaks.begin(), breaks.end(), i) != breaks.end();
    add_word(phrase.words[i], is_break, out);
    const Word* next = i + 1 < phrase.words.size() ? &phrase.words[i + 1] : nullptr;
    if (is_complete(next)) end_sentence(out);
  }
  return out;
}

void SentenceSplitter::add_word(const Word& word, bool is_break, std::vector<Phrase>& out) {
  std::vector<Word>& words = open_.words;
  if (!words.empty() && word.span.begin - words.back().span.end >= options_.longest_pause) {
    end_sentence(out);
  }
  if (words.size() >= options_.most_words) cut_long_sentence(out);
  if (is_break && !words.empty()) open_.preferred_breaks.push_back(words.size());
  words.push_back(word);
}

bool SentenceSplitter::is_complete(const Word* next) const {
  const WordShape last = describe_word(open_.words.back().text, lists_, list_language_);
  if (!ends_sentence(last)) return false;
  if (next == nullptr) return true;
  const WordShape following = describe_word(next->text, lists_, list_language_);
  return ends_sentence(last, following);
}

void SentenceSplitter::end_sentence(std::vector<Phrase>& out) {
  if (open_.words.empty()) return;
  out.push_back(open_);
  open_.words.clear();
  open_.preferred_breaks.clear();
}

/// The cheapest place for a cut from `from` on; the end of what there is costs `end_cost`.
std::size_t SentenceSplitter::best_cut(std::size_t from, double end_cost) const {
  std::vector<WordShape> shapes;
  for (const Word& word : open_.words) {
    shapes.push_back(describe_word(word.text, lists_, list_language_));
  }
  std::size_t best = open_.words.size();
  double best_cost = end_cost;
  for (std::size_t at = from; at < open_.words.size(); ++at) {
    const double pause = to_seconds(open_.words[at].span.begin - open_.words[at - 1].span.end);
    const WordShape* before = at > 1 ? &shapes[at - 2] : nullptr;
    const double cost =
        break_badness(before, shapes[at - 1], shapes[at], list_language_) / (1 + 3 * pause);
    if (cost >= best_cost) continue;
    best = at;
    best_cost = cost;
  }
  return best;
}

void SentenceSplitter::cut_long_sentence(std::vector<Phrase>& out) {
  const double never = std::numeric_limits<double>::infinity();
  out.push_back(take_front(open_, best_cut(open_.words.size() / 2, never)));
}

std::vector<Phrase> SentenceSplitter::publish(MediaTime due) {
  std::vector<Phrase> out;
  const auto young =
      std::ranges::find_if(open_.words, [due](const Word& word) { return word.span.end > due; });
  if (young == open_.words.begin()) return out;
  const auto from = static_cast<std::size_t>(young - open_.words.begin());
  const std::size_t cut = best_cut(from, kOpenEnd);
  if (cut == open_.words.size()) {
    end_sentence(out);
  } else {
    out.push_back(take_front(open_, cut));
  }
  return out;
}

std::vector<Phrase> SentenceSplitter::advance(MediaTime time) {
  std::vector<Phrase> out;
  if (!open_.words.empty() && time - open_.words.back().span.end >= options_.longest_pause) {
    end_sentence(out);
  }
  return out;
}

std::vector<Phrase> SentenceSplitter::finish() {
  std::vector<Phrase> out;
  end_sentence(out);
  return out;
}

}  // namespace subtide
