#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/speech/phrase.h"
#include "engine/subtitles/word_lists.h"

namespace subtide {

struct SentenceOptions {
  MediaDuration longest_pause = std::chrono::seconds(2);  ///< a longer one ends a sentence
  std::size_t most_words = 60;  ///< a longer sentence is cut at its best place
};

/// Turns phrases into whole sentences, one phrase each, across the borders of what comes in.
///
/// A sentence ends at final punctuation (not after "Dr." or "J."), at a long pause, at a change of
/// speaker or language, and, when it grows past the most words, at its best clause end or pause.
/// Borders of incoming phrases inside a sentence become its preferred breaks, so phrases that are
/// cues keep their borders.
///
/// Time:    words keep theirs. Owner: the caller; movable. Threads: one at a time. Errors: none.
class SentenceSplitter {
 public:
  explicit SentenceSplitter(SentenceOptions options = {});

  /// Adds words; gives the sentences that they ended.
  std::vector<Phrase> push(const Phrase& phrase);

  /// No words will come before `time`: a long pause ends the sentence.
  std::vector<Phrase> advance(MediaTime time);

  /// Live: what ends at or before `due` goes out now, cut at the best place from there on.
  std::vector<Phrase> publish(MediaTime due);

  /// The end, or a jump: gives the rest.
  std::vector<Phrase> finish();

 private:
  void add_word(const Word& word, bool is_break, std::vector<Phrase>& out);
  void end_sentence(std::vector<Phrase>& out);
  void cut_long_sentence(std::vector<Phrase>& out);
  std::size_t best_cut(std::size_t from, double end_cost) const;
  bool is_complete(const Word* next) const;

  SentenceOptions options_;
  Phrase open_;  ///< the sentence under way
  std::string list_language_;
  WordLists lists_;
};

}  // namespace subtide
