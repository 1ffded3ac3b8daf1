#pragma once

#include <cstddef>
#include <vector>

#include "engine/speech/commit_policy.h"

namespace subtide {

/// How much of a preview had to be taken back: normalized erasure, words erased for each word that
/// became final. Case and punctuation do not count.
///
/// Owner: the caller. Threads: one at a time. Errors: none.
/// Source: Arivazhagan et al. 2020, "Re-translation strategies for long form, simultaneous, spoken
///         language translation".
class ErasureMeter {
 public:
  /// The preview now shows what was committed before, and this.
  void show(const CommitUpdate& update);

  std::size_t erased() const { return erased_; }
  std::size_t committed() const { return committed_; }
  /// 0 while nothing was committed.
  double normalized() const;

 private:
  std::vector<Word> shown_;  ///< behind the committed words
  std::size_t erased_ = 0;
  std::size_t committed_ = 0;
};

}  // namespace subtide
