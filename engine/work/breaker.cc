#include "engine/work/breaker.h"

#include <algorithm>

namespace subtide::work {
namespace {

int percent(std::size_t part, std::size_t whole) { return static_cast<int>(part * 100 / whole); }

}  // namespace

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half_open";
  }
  return "unknown";
}

std::string to_string(const BreakerKey& key) {
  return key.stage + "/" + key.model + "/" + key.device;
}

std::optional<BreakerPermit> Breaker::ask(WorkTime now, WorkTime deadline) {
  tick(now);
  if (state_ == BreakerState::kOpen) return std::nullopt;
  const BreakerPermit permit{last_permit_ + 1, period_, deadline};
  if (state_ == BreakerState::kHalfOpen) {
    // No more than are needed: the others would wait behind them for nothing.
    if (probes_.size() + successes_ >= limits_.probes || deadline <= now) return std::nullopt;
    probes_[permit.number] = deadline;
    by_deadline_.emplace(deadline, permit.number);
  }
  ++last_permit_;
  return permit;
}

void Breaker::end(const BreakerPermit& permit, CallEnd end, WorkTime now) {
  tick(now);
  if (permit.period != period_) return;
  const bool is_late = now > permit.deadline;
  if (state_ == BreakerState::kHalfOpen) {
    const auto probe = probes_.find(permit.number);
    if (probe == probes_.end()) return;
    by_deadline_.erase({probe->second, probe->first});
    probes_.erase(probe);
    if (end == CallEnd::kAbandoned) return;
    if (end == CallEnd::kFailed || is_late) return probe_failed(now);
    if (++successes_ >= limits_.probes) enter(BreakerState::kClosed, std::nullopt);
    return;
  }
  if (state_ != BreakerState::kClosed || end == CallEnd::kAbandoned) return;
  calls_.push_back({end == CallEnd::kFailed, is_late});
  if (calls_.size() > limits_.window) calls_.pop_front();
  judge(now);
}

void Breaker::judge(WorkTime now) {
  if (calls_.size() < std::max<std::size_t>(limits_.minimum, 1)) return;
  const auto count = [this](bool Call::*what) {
    return static_cast<std::size_t>(std::count_if(calls_.begin(), calls_.end(),
                                                  [what](const Call& call) { return call.*what; }));
  };
  BreakerChange change;
  change.calls = calls_.size();
  change.failed_percent = percent(count(&Call::is_failed), calls_.size());
  change.late_percent = percent(count(&Call::is_late), calls_.size());
  if (change.failed_percent >= limits_.failed_percent ||
      change.late_percent >= limits_.late_percent) {
    enter_open(now, limits_.open, change);
  }
}

void Breaker::probe_failed(WorkTime now) {
  enter_open(now, std::min(2 * open_length_, limits_.longest_open));
}

void Breaker::enter_open(WorkTime now, WorkDuration length, BreakerChange change) {
  open_length_ = length;
  change.open_for = length;
  enter(BreakerState::kOpen, now + length, change);
}

void Breaker::enter(BreakerState state, std::optional<WorkTime> until, BreakerChange change) {
  change.from = std::exchange(state_, state);
  change.to = state;
  change.until = until;
  changes_.push_back(change);
  ++period_;
  until_ = until;
  if (state == BreakerState::kClosed) open_length_ = {};
  calls_.clear();
  successes_ = 0;
  probes_.clear();
  by_deadline_.clear();
}

// Several moments may have passed since the last look; they are gone through in their order.
void Breaker::tick(WorkTime now) {
  while (const auto due = next_due()) {
    if (*due > now) return;
    if (!by_deadline_.empty() && by_deadline_.begin()->first <= *until_) {
      probe_failed(*due);
    } else if (state_ == BreakerState::kOpen) {
      enter(BreakerState::kHalfOpen, *due + limits_.half_open);
    } else if (successes_ > 0) {
      enter(BreakerState::kClosed, std::nullopt);
    } else {
      enter_open(*due, limits_.open);
    }
  }
}

std::optional<WorkTime> Breaker::next_due() const {
  if (!until_ || by_deadline_.empty()) return until_;
  return std::min(*until_, by_deadline_.begin()->first);
}

void Breakers::tick(WorkTime now) {
  for (auto& [key, breaker] : breakers_) breaker.tick(now);
}

std::optional<WorkTime> Breakers::next_due() const {
  std::optional<WorkTime> first;
  for (const auto& [key, breaker] : breakers_) {
    const auto due = breaker.next_due();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

std::vector<std::pair<BreakerKey, BreakerChange>> Breakers::take_changes() {
  std::vector<std::pair<BreakerKey, BreakerChange>> all;
  for (auto& [key, breaker] : breakers_) {
    for (BreakerChange& change : breaker.take_changes()) all.emplace_back(key, change);
  }
  return all;
}

}  // namespace subtide::work
