#include "engine/speech/speech_finder.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr MediaDuration kJump = std::chrono::milliseconds(40);

MediaDuration length_of(std::size_t samples) {
  return samples_to_duration(static_cast<std::int64_t>(samples));
}

void append(std::vector<GateDecision>& all, const std::vector<GateDecision>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Result<SpeechFinder> SpeechFinder::create(std::unique_ptr<DetectorStream> detector,
                                          const SpeechGateOptions& gate, std::size_t batch) {
  auto made = SpeechGate::create(gate);
  if (!made) return made.error();
  if (batch == 0) return make_error(ErrorCode::kInvalidArgument, "a batch of 0 windows: give 1");
  return SpeechFinder(std::move(detector), std::move(*made), batch);
}

SpeechFinder::SpeechFinder(std::unique_ptr<DetectorStream> detector, SpeechGate gate,
                           std::size_t batch)
    : detector_(std::move(detector)),
      gate_(std::move(gate)),
      batch_samples_(batch * kDetectorWindow) {}

Result<std::vector<GateDecision>> SpeechFinder::push(std::optional<MediaTime> begin,
                                                     std::span<const std::int16_t> samples) {
  std::vector<GateDecision> decisions;
  const MediaTime expected = begin_.value_or(MediaTime(0)) + length_of(pending_.size());
  if (begin && begin_ && std::chrono::abs(*begin - expected) > kJump) {
    auto ended = finish();
    if (!ended) return ended.error();
    append(decisions, *ended);
  }
  if (!begin_) begin_ = begin.value_or(MediaTime(0));
  heard_ += static_cast<std::int64_t>(samples.size());
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), batch_samples_ - pending_.size());
    pending_.insert(pending_.end(), samples.begin(),
                    samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (pending_.size() < batch_samples_) break;
    if (auto detected = detect(decisions); !detected) return detected.error();
  }
  return decisions;
}

Status SpeechFinder::detect(std::vector<GateDecision>& decisions) {
  const std::size_t count = pending_.size();
  pending_.resize((count + kDetectorWindow - 1) / kDetectorWindow * kDetectorWindow, 0);
  const auto probabilities = detector_->push(pending_);
  if (!probabilities) return probabilities.error();
  for (std::size_t i = 0; i < probabilities->size(); ++i) {
    const TimeSpan window{*begin_ + length_of(i * kDetectorWindow),
                          *begin_ + length_of(std::min((i + 1) * kDetectorWindow, count))};
    append(decisions, gate_.push(window, (*probabilities)[i]));
  }
  begin_ = *begin_ + length_of(count);
  pending_.clear();
  return ok();
}

Result<std::vector<GateDecision>> SpeechFinder::finish() {
  std::vector<GateDecision> decisions;
  if (!pending_.empty()) {
    if (auto detected = detect(decisions); !detected) return detected.error();
  }
  if (const auto last = gate_.finish()) decisions.push_back({std::nullopt, last});
  reset();
  return decisions;
}

void SpeechFinder::reset() {
  gate_.finish();
  detector_->reset();
  pending_.clear();
  begin_.reset();
}

MediaDuration SpeechFinder::decision_delay() const {
  return gate_.decision_delay() + length_of(batch_samples_);
}

}  // namespace subtide
