#include "engine/speech/commit_alignment.h"

#include <algorithm>
#include <cmath>

#include "engine/speech/word_match.h"

namespace subtide {
namespace {

// One word that matches in text and time weighs 1. A word on the wrong side of the frontier costs
// as much when its middle lies a quarter of a second over it: times of decoders jitter by less.
constexpr double kWrongSide = 0.25;
constexpr double kNoMatch = 0.4;  // seconds between the middles; half of a slow word
constexpr double kOtherWord = 0.25;
constexpr std::size_t kCompared = 4;

double middle(const Word& word) { return to_seconds((word.span.begin + word.span.end) / 2); }

double likeness(const Word& word, const Word& committed) {
  if (!is_same_word(word, committed)) return -kOtherWord;
  return std::max(1.0 - std::abs(middle(word) - middle(committed)) / kNoMatch, -1.0);
}

}  // namespace

std::size_t committed_words(const std::vector<Word>& decode, const std::vector<Word>& committed,
                            MediaTime frontier) {
  if (committed.empty()) return 0;
  const double border = to_seconds(frontier);
  double wrong_side = 0;  // summed up as if every word were new; then moved word by word
  for (const Word& word : decode) wrong_side += std::max(0.0, border - middle(word)) / kWrongSide;
  std::size_t best = 0;
  double best_score = -wrong_side;
  for (std::size_t count = 1; count <= decode.size(); ++count) {
    wrong_side += (middle(decode[count - 1]) - border) / kWrongSide;
    double score = -wrong_side;
    for (std::size_t i = 0; i < std::min({kCompared, count, committed.size()}); ++i) {
      score += likeness(decode[count - 1 - i], committed[committed.size() - 1 - i]);
    }
    if (score <= best_score) continue;
    best_score = score;
    best = count;
  }
  return best;
}

}  // namespace subtide
