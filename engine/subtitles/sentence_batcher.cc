#include "engine/subtitles/sentence_batcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kContextSentences = 2;

}  // namespace

SentenceBatcher::SentenceBatcher(std::size_t batch) : batch_(std::max<std::size_t>(batch, 1)) {}

std::vector<SentenceBatch> SentenceBatcher::push(const Phrase& phrase) {
  for (const Word& word : phrase.words) held_.push_back(word.span.begin);
  return collect(splitter_.push(phrase));
}

std::vector<SentenceBatch> SentenceBatcher::advance(MediaTime time) {
  return collect(splitter_.advance(time));
}

std::vector<SentenceBatch> SentenceBatcher::publish(MediaTime due) {
  std::vector<SentenceBatch> batches = collect(splitter_.publish(due));
  close_batch(batches);
  return batches;
}

std::vector<SentenceBatch> SentenceBatcher::finish() {
  std::vector<SentenceBatch> batches = collect(splitter_.finish());
  close_batch(batches);
  *this = SentenceBatcher(batch_);
  return batches;
}

std::optional<MediaTime> SentenceBatcher::earliest_held() const {
  if (!open_.empty()) return open_.front().span().begin;
  if (!held_.empty()) return held_.front();
  return std::nullopt;
}

std::vector<SentenceBatch> SentenceBatcher::collect(std::vector<Phrase> sentences) {
  std::vector<SentenceBatch> batches;
  for (Phrase& sentence : sentences) {
    const std::size_t given = std::min(sentence.words.size(), held_.size());
    held_.erase(held_.begin(), std::next(held_.begin(), static_cast<std::ptrdiff_t>(given)));
    if (!open_.empty() && open_.front().language != sentence.language) close_batch(batches);
    open_.push_back(std::move(sentence));
    if (open_.size() == batch_) close_batch(batches);
  }
  return batches;
}

void SentenceBatcher::close_batch(std::vector<SentenceBatch>& out) {
  if (open_.empty()) return;
  SentenceBatch batch;
  batch.context.assign(context_.begin(), context_.end());
  for (const Phrase& sentence : open_) context_.push_back(to_text(sentence.words));
  while (context_.size() > kContextSentences) context_.pop_front();
  batch.sentences = std::exchange(open_, {});
  out.push_back(std::move(batch));
}

}  // namespace subtide
