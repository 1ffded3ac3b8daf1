#include "engine/subtitles/phrase_edit.h"

#include <algorithm>
#include <utility>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

void tidy_breaks(Phrase& phrase) {
  std::vector<std::size_t>& breaks = phrase.preferred_breaks;
  std::erase_if(breaks, [&](std::size_t at) { return at >= phrase.words.size(); });
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
}

}  // namespace

std::vector<Phrase> remove_words(Phrase phrase, const std::vector<bool>& is_removed) {
  std::vector<Word> kept;
  std::vector<std::size_t> new_index(phrase.words.size() + 1);
  for (std::size_t i = 0; i < phrase.words.size(); ++i) {
    new_index[i] = kept.size();
    if (!is_removed[i]) kept.push_back(std::move(phrase.words[i]));
  }
  new_index[phrase.words.size()] = kept.size();
  if (kept.empty()) return {};
  for (std::size_t& at : phrase.preferred_breaks) {
    at = new_index[std::min(at, phrase.words.size())];
  }
  phrase.words = std::move(kept);
  tidy_breaks(phrase);
  return {std::move(phrase)};
}

void replace_words(Phrase& phrase, std::size_t first, std::size_t count,
                   const std::vector<std::string>& replacement) {
  const auto at = phrase.words.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = at + static_cast<std::ptrdiff_t>(count);
  const TimeSpan span{at->span.begin, (end - 1)->span.end};
  float confidence = at->confidence;
  for (auto word = at; word != end; ++word) confidence = std::min(confidence, word->confidence);
  std::vector<Word> words;
  for (const std::string& text : replacement) words.push_back({text, span, confidence});
  share_time(words, 0, words.size(), span);
  const auto gap = phrase.words.erase(at, end);
  phrase.words.insert(gap, words.begin(), words.end());
  for (std::size_t& index : phrase.preferred_breaks) {
    if (index >= first + count) {
      index = index - count + words.size();
    } else if (index > first) {
      index = first;
    }
  }
  tidy_breaks(phrase);
}

void share_time(std::vector<Word>& words, std::size_t first, std::size_t last, TimeSpan span) {
  std::int64_t total = 0;
  for (std::size_t i = first; i < last; ++i) total += grapheme_count(words[i].text) + 1;
  std::int64_t done = 0;
  const auto at = [&](std::int64_t part) {
    const std::int64_t whole = span.duration().count();
    return span.begin + MediaDuration(whole / total * part + whole % total * part / total);
  };
  for (std::size_t i = first; i < last; ++i) {
    const MediaTime begin = at(done);
    done += grapheme_count(words[i].text) + 1;
    words[i].span = {begin, at(done)};
  }
}

}  // namespace subtide
