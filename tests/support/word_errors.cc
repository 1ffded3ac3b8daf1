#include "tests/support/word_errors.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

#include "tests/support/english_normalizer.h"

namespace subtide {
namespace {

enum class Step { kStart, kSame, kSubstituted, kLost, kInvented };

struct Cell {
  std::size_t cost = 0;
  Step step = Step::kStart;
};

/// All cells of the edit distance, row by row of the reference.
std::vector<std::vector<Cell>> edit_table(const std::vector<std::string>& reference,
                                          const std::vector<std::string>& hypothesis) {
  std::vector table(reference.size() + 1, std::vector<Cell>(hypothesis.size() + 1));
  for (std::size_t i = 0; i <= reference.size(); ++i) {
    for (std::size_t j = 0; j <= hypothesis.size(); ++j) {
      if (i == 0 && j == 0) continue;
      Cell best{.cost = static_cast<std::size_t>(-1)};
      const auto offer = [&best](std::size_t cost, Step step) {
        if (cost < best.cost) best = {cost, step};
      };
      if (i > 0 && j > 0) {
        const bool is_same = reference[i - 1] == hypothesis[j - 1];
        offer(table[i - 1][j - 1].cost + (is_same ? 0 : 1),
              is_same ? Step::kSame : Step::kSubstituted);
      }
      if (i > 0) offer(table[i - 1][j].cost + 1, Step::kLost);
      if (j > 0) offer(table[i][j - 1].cost + 1, Step::kInvented);
      table[i][j] = best;
    }
  }
  return table;
}

std::vector<std::string> split(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> bare_words(const std::vector<Word>& words) {
  std::vector<std::string> bare;
  for (const Word& word : words) {
    std::string text;
    for (const char c : word.text) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) || byte >= 0x80) text += static_cast<char>(std::tolower(byte));
    }
    bare.push_back(text);
  }
  return bare;
}

TimeErrors time_errors(const std::vector<Word>& reference, const std::vector<Word>& hypothesis,
                       MediaTime TimeSpan::*edge) {
  TimeErrors errors;
  for (const auto& [i, j] : align_words(bare_words(reference), bare_words(hypothesis)).same) {
    if (reference[i].confidence <= 0.0F) continue;
    errors.seconds.push_back(to_seconds(hypothesis[j].span.*edge - reference[i].span.*edge));
  }
  return errors;
}

double sorted_percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace

double WordErrors::rate() const {
  return static_cast<double>(errors()) /
         static_cast<double>(std::max<std::size_t>(reference_words, 1));
}

WordErrors& WordErrors::operator+=(const WordErrors& other) {
  reference_words += other.reference_words;
  substituted += other.substituted;
  lost += other.lost;
  invented += other.invented;
  return *this;
}

WordAlignment align_words(const std::vector<std::string>& reference,
                          const std::vector<std::string>& hypothesis) {
  const auto table = edit_table(reference, hypothesis);
  WordAlignment alignment;
  alignment.errors.reference_words = reference.size();
  std::size_t i = reference.size();
  std::size_t j = hypothesis.size();
  while (i > 0 || j > 0) {
    const Step step = table[i][j].step;
    if (step != Step::kInvented) --i;
    if (step != Step::kLost) --j;
    if (step == Step::kSame) alignment.same.emplace_back(i, j);
    if (step == Step::kSubstituted) ++alignment.errors.substituted;
    if (step == Step::kLost) ++alignment.errors.lost;
    if (step == Step::kInvented) ++alignment.errors.invented;
  }
  std::reverse(alignment.same.begin(), alignment.same.end());
  return alignment;
}

WordErrors raw_word_errors(std::string_view reference, std::string_view hypothesis) {
  return align_words(split(reference), split(hypothesis)).errors;
}

WordErrors normalized_word_errors(std::string_view reference, std::string_view hypothesis) {
  return align_words(normalize_english(reference), normalize_english(hypothesis)).errors;
}

double TimeErrors::percentile(double share) const {
  std::vector<double> sizes;
  for (const double error : seconds) sizes.push_back(std::abs(error));
  return sorted_percentile(sizes, share);
}

double TimeErrors::bias() const { return sorted_percentile(seconds, 0.5); }

TimeErrors onset_errors(const std::vector<Word>& reference, const std::vector<Word>& hypothesis) {
  return time_errors(reference, hypothesis, &TimeSpan::begin);
}

TimeErrors end_errors(const std::vector<Word>& reference, const std::vector<Word>& hypothesis) {
  return time_errors(reference, hypothesis, &TimeSpan::end);
}

TimeErrors group_onset_errors(const std::vector<Word>& reference,
                              const std::vector<Word>& hypothesis,
                              const std::map<std::size_t, MediaTime>& groups) {
  TimeErrors errors;
  for (const auto& [i, j] : align_words(bare_words(reference), bare_words(hypothesis)).same) {
    const auto group = groups.find(j);
    if (group == groups.end() || reference[i].confidence <= 0.0F) continue;
    errors.seconds.push_back(to_seconds(group->second - reference[i].span.begin));
  }
  return errors;
}

}  // namespace subtide
