#include "engine/speech/phrase_split.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

constexpr MediaDuration kPhrasePause = std::chrono::milliseconds(600);
constexpr std::size_t kLongestAbbreviation = 3;  // "Mr.", "St.", "J."

std::string_view without_closers(std::string_view text) {
  constexpr std::array<std::string_view, 7> kClosers{"\"", "'", ")", "]", "”", "’", "»"};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view closer : kClosers) {
      if (!text.ends_with(closer)) continue;
      text.remove_suffix(closer.size());
      again = true;
    }
  }
  return text;
}

// A short capitalised word with a full stop may be a title or an initial. Taking a sentence's end
// for one costs nothing here: the phrase goes on.
bool may_be_abbreviation(std::string_view text) {
  return text.ends_with('.') && text.size() <= kLongestAbbreviation + 1 && text.front() >= 'A' &&
         text.front() <= 'Z';
}

bool ends_sentence(std::string_view text) {
  constexpr std::array<std::string_view, 7> kEnds{".", "?", "!", "…", "。", "？", "！"};
  text = without_closers(text);
  return std::ranges::any_of(kEnds, [&](auto end) { return text.ends_with(end); }) &&
         !may_be_abbreviation(text);
}

bool starts_phrase(const Transcript& transcript, std::size_t index) {
  const Word& before = transcript.words[index - 1];
  const Word& word = transcript.words[index];
  return std::ranges::binary_search(transcript.phrase_starts, index) ||
         (transcript.is_punctuated && ends_sentence(before.text)) ||
         word.span.begin - before.span.end > kPhrasePause;
}

}  // namespace

void tidy_words(Transcript& transcript, TimeSpan span) {
  std::vector<Word> words;
  std::vector<std::size_t> starts;
  auto start = transcript.phrase_starts.begin();
  MediaTime last = span.begin;
  for (std::size_t i = 0; i < transcript.words.size(); ++i) {
    Word& word = transcript.words[i];
    for (; start != transcript.phrase_starts.end() && *start <= i; ++start) {
      if (starts.empty() || starts.back() != words.size()) starts.push_back(words.size());
    }
    if (word.text.empty()) continue;
    word.span.begin = std::clamp(word.span.begin, last, span.end);
    word.span.end = std::clamp(word.span.end, word.span.begin, span.end);
    last = word.span.end;
    // Written so that what is no number becomes 0.
    word.confidence = word.confidence > 0.0F ? std::min(word.confidence, 1.0F) : 0.0F;
    words.push_back(std::move(word));
  }
  transcript.words = std::move(words);
  transcript.phrase_starts = std::move(starts);
}

std::vector<Phrase> split_phrases(const Transcript& transcript) {
  std::vector<Phrase> phrases;
  for (std::size_t i = 0; i < transcript.words.size(); ++i) {
    if (i == 0 || starts_phrase(transcript, i)) {
      phrases.emplace_back();
      phrases.back().language = transcript.language;
      phrases.back().is_punctuated = transcript.is_punctuated;
    }
    phrases.back().words.push_back(transcript.words[i]);
  }
  return phrases;
}

}  // namespace subtide
