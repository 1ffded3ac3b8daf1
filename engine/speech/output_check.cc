#include "engine/speech/output_check.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "engine/speech/language_tag.h"
#include "engine/speech/plain_word.h"

namespace subtide {
namespace {

constexpr double kMostCharactersPerSecond = 25.0;
// Above this even a loop taken out cannot save it, and looking for loops would cost memory.
constexpr double kAbsurdFactor = 20.0;
constexpr int kSilentPeak = 32;  // -60 dBFS of 16 bit
constexpr int kLoudPeak = 519;   // -36 dBFS
constexpr std::size_t kLoudnessFrame = 320;
constexpr MediaDuration kMuchToHear = std::chrono::seconds(3);
constexpr std::size_t kLongestWord = 1000;  // bytes
constexpr MediaDuration kAroundWord = std::chrono::milliseconds(300);
constexpr std::size_t kLongestLoop = 10;

std::size_t repeats_of_a_loop(std::size_t words) {
  constexpr std::array<std::size_t, 3> kRepeats{6, 4, 3};
  return kRepeats.at(std::min<std::size_t>(words, 3) - 1);
}

std::size_t count_characters(const std::vector<Word>& words) {
  std::size_t count = 0;
  for (const Word& word : words) {
    count += 1 + static_cast<std::size_t>(
                     std::ranges::count_if(word.text, [](char c) { return (c & 0xC0) != 0x80; }));
  }
  return count;
}

double density(const std::vector<Word>& words, const AudioWindow& window) {
  return static_cast<double>(count_characters(words)) /
         std::max(to_seconds(window.duration()), 1.0);
}

// Bytes above ASCII stay as they are: a loop repeats them exactly.
std::string bare(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      letters += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) {
      letters += c;
    }
  }
  return letters.empty() ? std::string(text) : letters;
}

/// How many words from `at` on are repetitions of `size` words, the first occurrence included.
std::size_t loop_length(const std::vector<std::string>& words, std::size_t at, std::size_t size) {
  std::size_t end = at + size;
  while (end < words.size() && words[end] == words[end - size]) ++end;
  const std::size_t repeats = (end - at) / size;
  return repeats >= repeats_of_a_loop(size) ? repeats * size : 0;
}

std::vector<bool> words_to_keep_of_loops(const std::vector<Word>& all) {
  std::vector<std::string> words;
  words.reserve(all.size());
  for (const Word& word : all) words.push_back(bare(word.text));
  std::vector<bool> keeps(words.size(), true);
  for (std::size_t at = 0; at < words.size();) {
    std::size_t length = 0;
    std::size_t size = 0;
    while (length == 0 && ++size <= kLongestLoop) length = loop_length(words, at, size);
    for (std::size_t i = at + size; i < at + length; ++i) keeps[i] = false;
    at += std::max<std::size_t>(length, 1);
  }
  return keeps;
}

bool is_silent(const AudioWindow& window, TimeSpan span) {
  const auto samples = window.samples();
  const auto pieces = window.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t next = i + 1 < pieces.size() ? pieces[i + 1].first_sample : samples.size();
    const auto size = static_cast<std::int64_t>(next - pieces[i].first_sample);
    const auto offset = [&](MediaTime time) {
      return std::clamp<std::int64_t>(duration_to_samples(time - pieces[i].begin), 0, size);
    };
    const auto from = static_cast<std::size_t>(offset(span.begin));
    const auto to = static_cast<std::size_t>(offset(span.end));
    const auto part = samples.subspan(pieces[i].first_sample + from, to - std::min(from, to));
    if (std::ranges::any_of(part, [](int s) { return std::abs(s) > kSilentPeak; })) return false;
  }
  return true;
}

std::vector<bool> words_to_keep_over_sound(const std::vector<Word>& words,
                                           const AudioWindow& window) {
  std::vector<bool> keeps;
  keeps.reserve(words.size());
  for (const Word& word : words) {
    keeps.push_back(
        !is_silent(window, {word.span.begin - kAroundWord, word.span.end + kAroundWord}));
  }
  return keeps;
}

bool is_text(const Word& word) {
  return word.text.size() <= kLongestWord && is_plain_word(word.text);
}

std::vector<bool> words_to_keep_as_text(const std::vector<Word>& words) {
  std::vector<bool> keeps;
  keeps.reserve(words.size());
  for (const Word& word : words) keeps.push_back(is_text(word));
  return keeps;
}

bool has_much_to_hear(const AudioWindow& window) {
  auto rest = window.samples();
  std::size_t loud = 0;
  while (!rest.empty()) {
    const auto frame = rest.first(std::min(rest.size(), kLoudnessFrame));
    if (std::ranges::any_of(frame, [](int s) { return std::abs(s) > kLoudPeak; })) {
      loud += frame.size();
    }
    rest = rest.subspan(frame.size());
  }
  return samples_to_duration(static_cast<std::int64_t>(loud)) >= kMuchToHear;
}

void note_removed(std::vector<Gap>& removed, TimeSpan span, std::string_view reason,
                  bool continues) {
  if (continues) {
    removed.back().span = hull(removed.back().span, span);
  } else {
    removed.push_back({span, std::string(reason)});
  }
}

void keep_only(CheckedTranscript& checked, const std::vector<bool>& keeps, Implausible reason) {
  Transcript& transcript = checked.transcript;
  std::vector<Word> kept;
  std::vector<std::size_t> starts;
  auto start = transcript.phrase_starts.begin();
  bool starts_phrase = false;
  for (std::size_t i = 0; i < keeps.size(); ++i) {
    if (start != transcript.phrase_starts.end() && *start == i) {
      starts_phrase = true;
      ++start;
    }
    if (!keeps[i]) {
      note_removed(checked.removed, transcript.words[i].span, to_string(reason),
                   i > 0 && !keeps[i - 1]);
      continue;
    }
    if (std::exchange(starts_phrase, false)) starts.push_back(kept.size());
    kept.push_back(std::move(transcript.words[i]));
  }
  transcript.words = std::move(kept);
  transcript.phrase_starts = std::move(starts);
}

void drop_all(CheckedTranscript& checked, const AudioWindow& window, Implausible reason) {
  checked.transcript.words.clear();
  checked.transcript.phrase_starts.clear();
  checked.removed = {{window.span(), std::string(to_string(reason))}};
}

}  // namespace

std::string_view to_string(Implausible reason) {
  switch (reason) {
    case Implausible::kLoop:
      return "output_loop";
    case Implausible::kTooDense:
      return "output_too_dense";
    case Implausible::kSilence:
      return "output_over_silence";
    case Implausible::kLanguage:
      return "output_wrong_language";
    case Implausible::kNotText:
      return "output_not_text";
    case Implausible::kEmpty:
      return "output_empty";
  }
  return "output_loop";
}

bool is_disbelieved(const Gap& gap) { return gap.reason.starts_with("output_"); }

CheckedTranscript check_output(Transcript transcript, const AudioWindow& window,
                               std::string_view language) {
  CheckedTranscript checked{std::move(transcript), {}};
  if (checked.transcript.words.empty()) {
    const bool is_lost = checked.transcript.gaps.empty() && has_much_to_hear(window);
    if (is_lost) drop_all(checked, window, Implausible::kEmpty);
    return checked;
  }
  if (!is_same_language(language, checked.transcript.language)) {
    drop_all(checked, window, Implausible::kLanguage);
    return checked;
  }
  if (density(checked.transcript.words, window) > kAbsurdFactor * kMostCharactersPerSecond) {
    drop_all(checked, window, Implausible::kTooDense);
    return checked;
  }
  keep_only(checked, words_to_keep_as_text(checked.transcript.words), Implausible::kNotText);
  keep_only(checked, words_to_keep_of_loops(checked.transcript.words), Implausible::kLoop);
  if (density(checked.transcript.words, window) > kMostCharactersPerSecond) {
    drop_all(checked, window, Implausible::kTooDense);
    return checked;
  }
  keep_only(checked, words_to_keep_over_sound(checked.transcript.words, window),
            Implausible::kSilence);
  std::ranges::sort(checked.removed, {}, [](const Gap& gap) { return gap.span.begin; });
  return checked;
}

}  // namespace subtide
