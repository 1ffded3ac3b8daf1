#include "engine/speech/commit_policy.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/speech/commit_alignment.h"
#include "engine/speech/word_match.h"

namespace subtide {
namespace {

constexpr std::size_t kRecentWords = 8;

}  // namespace

std::string_view to_string(CommitCause cause) {
  switch (cause) {
    case CommitCause::kAgreed:
      return "agreed";
    case CommitCause::kFinal:
      return "final";
    case CommitCause::kAge:
      return "age";
    case CommitCause::kForced:
      return "forced";
  }
  return "forced";
}

Result<CommitPolicy> CommitPolicy::create(const CommitOptions& options) {
  if (options.maximum_age < MediaDuration(0)) {
    return make_error(ErrorCode::kInvalidArgument, "a maximum age of {} s: give 0 or more",
                      to_seconds(options.maximum_age));
  }
  return CommitPolicy(options);
}

/// The new tail is what the decode has after the committed words; what it has in common with the
/// old one is agreed.
void CommitPolicy::set_tail(std::vector<Word> words, TimeSpan heard) {
  std::erase_if(words, [](const Word& word) { return word.text.empty(); });
  const std::size_t known = committed_words(words, recent_, frontier_);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(known));
  MediaTime last = std::max(frontier_, heard.begin);
  for (Word& word : words) {
    word.span.begin = std::max(word.span.begin, last);
    word.span.end = std::max(std::min(word.span.end, heard.end), word.span.begin);
    last = word.span.end;
  }
  agreed_ = common_words(tail_, words);
  tail_ = std::move(words);
}

void CommitPolicy::commit(std::size_t count, CommitCause cause, CommitUpdate& update) {
  const auto end = tail_.begin() + static_cast<std::ptrdiff_t>(std::min(count, tail_.size()));
  for (auto word = tail_.begin(); word != end; ++word) {
    frontier_ = word->span.end;
    recent_.push_back(*word);
    update.committed.push_back({std::move(*word), cause});
  }
  agreed_ -= std::min(agreed_, static_cast<std::size_t>(std::distance(tail_.begin(), end)));
  tail_.erase(tail_.begin(), end);
  if (recent_.size() > kRecentWords) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(kRecentWords));
  }
}

void CommitPolicy::commit_old(MediaTime heard_to, CommitUpdate& update) {
  const auto young = std::ranges::find_if(
      tail_, [&](const Word& word) { return heard_to - word.span.end < options_.maximum_age; });
  commit(static_cast<std::size_t>(young - tail_.begin()), CommitCause::kAge, update);
}

CommitUpdate CommitPolicy::finish(CommitUpdate update) const {
  update.tail = tail_;
  update.agreed = agreed_;
  return update;
}

CommitUpdate CommitPolicy::partial(std::vector<Word> words, TimeSpan heard) {
  set_tail(std::move(words), heard);
  CommitUpdate update;
  if (options_.rule == CommitRule::kLocalAgreement && !tail_.empty()) {
    commit(std::min(agreed_, tail_.size() - 1), CommitCause::kAgreed, update);
    commit_old(heard.end, update);
  }
  return finish(std::move(update));
}

CommitUpdate CommitPolicy::complete(std::vector<Word> words, TimeSpan heard) {
  set_tail(std::move(words), heard);
  CommitUpdate update;
  commit(tail_.size(), CommitCause::kFinal, update);
  return finish(std::move(update));
}

CommitUpdate CommitPolicy::age(MediaTime heard_to) {
  CommitUpdate update;
  if (options_.rule == CommitRule::kLocalAgreement) commit_old(heard_to, update);
  return finish(std::move(update));
}

CommitUpdate CommitPolicy::force(MediaTime boundary) {
  CommitUpdate update;
  commit(tail_.size(), CommitCause::kForced, update);
  frontier_ = std::max(frontier_, boundary);
  return finish(std::move(update));
}

void CommitPolicy::reset() {
  recent_.clear();
  tail_.clear();
  agreed_ = 0;
  frontier_ = MediaTime::min();
}

}  // namespace subtide
