#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// When words of a growing stretch of speech are final.
enum class CommitRule {
  kLocalAgreement,  ///< when two decodes in a row say the same
  kWindow,          ///< when the window that holds them is complete
};

/// Why a word was committed.
enum class CommitCause {
  kAgreed,  ///< two decodes in a row
  kFinal,   ///< its window is complete: speech ended, or the longest window is full
  kAge,     ///< it waited too long
  kForced,  ///< a boundary that nothing may cross, or the end
};

/// "agreed", "final", "age", "forced".
std::string_view to_string(CommitCause cause);

struct CommitOptions {
  CommitRule rule = CommitRule::kLocalAgreement;
  /// A word that was heard this long ago is committed as it stands.
  MediaDuration maximum_age = std::chrono::seconds(4);
};

struct CommittedWord {
  Word word;
  CommitCause cause = CommitCause::kAgreed;
  bool operator==(const CommittedWord&) const = default;
};

/// What a decode changed.
struct CommitUpdate {
  std::vector<CommittedWord> committed;  ///< new ones, in order; final
  std::vector<Word> tail;                ///< what may still change, in order
  std::size_t agreed = 0;                ///< the first of the tail that two decodes agreed on
};

/// Makes final words out of successive decodes of one growing stretch of speech (LocalAgreement-2).
///
/// A word is unstable when one decode has it, agreed when two in a row have it at the same place
/// (case and punctuation aside), and committed when it is agreed and another word follows it: the
/// last word of a decode may still grow, and its punctuation is the end of the audio's. A complete
/// window, age, and force() commit without agreement. What was committed is never changed, given
/// twice, or moved; whoever publishes it need not look back.
///
/// A decode may begin anywhere before the first uncommitted word: the words that it has in common
/// with what was committed are found by text and time.
///
/// Time:    media time. Of agreed words the later decode's, held in order: none begins before the
///          last committed one ended.
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  create() refuses an age below zero (kInvalidArgument).
/// Source:  Liu, Spanakis and Niehues 2020, "Low-latency sequence-to-sequence speech recognition
///          and translation by partial hypothesis selection".
class CommitPolicy {
 public:
  static Result<CommitPolicy> create(const CommitOptions& options);

  /// A decode of `heard`, more of which may come. Its words are in order.
  CommitUpdate partial(std::vector<Word> words, TimeSpan heard);

  /// The last decode of `heard`: all its words are committed.
  CommitUpdate complete(std::vector<Word> words, TimeSpan heard);

  /// Audio was heard up to here, and nobody decoded it yet: commits what is too old.
  CommitUpdate age(MediaTime heard_to);

  /// Commits the tail as it stands. No word after this begins before `boundary`.
  CommitUpdate force(MediaTime boundary);

  /// Forgets everything: after a flush.
  void reset();

  /// No word still to come begins before this.
  MediaTime frontier() const { return frontier_; }

 private:
  explicit CommitPolicy(const CommitOptions& options) : options_(options) {}
  void set_tail(std::vector<Word> words, TimeSpan heard);
  void commit(std::size_t count, CommitCause cause, CommitUpdate& update);
  void commit_old(MediaTime heard_to, CommitUpdate& update);
  CommitUpdate finish(CommitUpdate update) const;

  CommitOptions options_;
  std::vector<Word> recent_;  ///< the last words committed, as context
  std::vector<Word> tail_;
  std::size_t agreed_ = 0;  ///< of the tail
  MediaTime frontier_ = MediaTime::min();
};

}  // namespace subtide
