// Decodes of any words and times: what is committed stays in order, never overlaps, never has more
// words than were decoded, and force() leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "engine/speech/commit_policy.h"
#include "engine/speech/erasure_meter.h"

namespace {

using namespace subtide;

/// Reads the input byte by byte; zeros behind its end.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  std::uint8_t take() { return empty() ? std::uint8_t{0} : data_[at_++]; }
  MediaTime time() { return std::chrono::milliseconds(take() * 100); }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

std::vector<Word> take_words(Bytes& bytes) {
  std::vector<Word> words(bytes.take() % 16U);
  for (Word& word : words) {
    word.text.assign(bytes.take() % 4U, static_cast<char>(bytes.take()));
    word.span.begin = bytes.time();
    word.span.end = word.span.begin + bytes.time() / 8;
  }
  return words;
}

CommitUpdate take_step(Bytes& bytes, CommitPolicy& commits) {
  const std::uint8_t what = bytes.take();
  const MediaTime begin = bytes.time();
  const TimeSpan heard{begin, begin + bytes.time()};
  if (what % 8 == 0) return commits.force(heard.end);
  if (what % 8 == 1) return commits.age(heard.end);
  if (what % 8 == 2) return commits.complete(take_words(bytes), heard);
  return commits.partial(take_words(bytes), heard);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto rule = bytes.take() % 2 == 0 ? CommitRule::kLocalAgreement : CommitRule::kWindow;
  auto commits = CommitPolicy::create({.rule = rule});
  if (!commits) std::abort();
  ErasureMeter meter;
  MediaTime last = MediaTime::min();
  while (!bytes.empty()) {
    const CommitUpdate update = take_step(bytes, *commits);
    meter.show(update);
    if (update.agreed > update.tail.size()) std::abort();
    for (const CommittedWord& each : update.committed) {
      if (each.word.span.begin < last || each.word.span.end < each.word.span.begin) std::abort();
      if (each.word.text.empty()) std::abort();
      last = each.word.span.end;
    }
    if (commits->frontier() < last) std::abort();
  }
  if (!commits->force(last).tail.empty()) std::abort();
  return 0;
}
