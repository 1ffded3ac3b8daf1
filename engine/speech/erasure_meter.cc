#include "engine/speech/erasure_meter.h"

#include <utility>

#include "engine/speech/word_match.h"

namespace subtide {

void ErasureMeter::show(const CommitUpdate& update) {
  std::vector<Word> now;
  for (const CommittedWord& committed : update.committed) now.push_back(committed.word);
  now.insert(now.end(), update.tail.begin(), update.tail.end());
  erased_ += shown_.size() - common_words(shown_, now);
  committed_ += update.committed.size();
  shown_ = update.tail;
}

double ErasureMeter::normalized() const {
  return committed_ == 0 ? 0.0 : static_cast<double>(erased_) / static_cast<double>(committed_);
}

}  // namespace subtide
