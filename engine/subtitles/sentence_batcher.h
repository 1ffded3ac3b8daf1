#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/sentences.h"

namespace subtide {

/// What is translated in one call: sentences of one language, and the text before them.
struct SentenceBatch {
  std::vector<Phrase> sentences;     ///< never empty
  std::vector<std::string> context;  ///< the source sentences before, oldest first
};

/// Turns phrases into batches of whole sentences, always the same for the same phrases.
///
/// Time:    words keep theirs; phrases come in order.
/// Owner:   the caller; movable. Threads: one at a time. Errors: none.
class SentenceBatcher {
 public:
  /// `batch` is the most sentences in one call.
  explicit SentenceBatcher(std::size_t batch);

  std::vector<SentenceBatch> push(const Phrase& phrase);
  /// No words will come before `time`: a long pause ends the sentence.
  std::vector<SentenceBatch> advance(MediaTime time);
  /// Live: what ends at or before `due` goes out now, and no sentence waits for others.
  std::vector<SentenceBatch> publish(MediaTime due);
  /// The end, or a jump: gives the rest and forgets the context.
  std::vector<SentenceBatch> finish();

  /// Begin of the first word that was given in and not yet out.
  std::optional<MediaTime> earliest_held() const;

 private:
  std::vector<SentenceBatch> collect(std::vector<Phrase> sentences);
  void close_batch(std::vector<SentenceBatch>& out);

  std::size_t batch_;
  SentenceSplitter splitter_;
  std::deque<MediaTime> held_;  ///< begins of the words that the splitter holds
  std::vector<Phrase> open_;    ///< sentences of the batch under way
  std::deque<std::string> context_;
};

}  // namespace subtide
