#include "models/model_breakers.h"

#include <utility>

namespace subtide {

ModelBreakers::ModelBreakers(Options options)
    : options_(std::move(options)), breakers_(options_.limits) {}

std::optional<work::BreakerPermit> ModelBreakers::ask(const work::BreakerKey& key,
                                                      WorkDuration limit) {
  const std::lock_guard lock(mutex_);
  const WorkTime now = options_.now();
  auto permit = breakers_.at(key).ask(now, now + limit);
  tell_changes();
  return permit;
}

void ModelBreakers::end(const work::BreakerKey& key, const work::BreakerPermit& permit,
                        work::CallEnd end) {
  const std::lock_guard lock(mutex_);
  breakers_.at(key).end(permit, end, options_.now());
  tell_changes();
}

WorkDuration ModelBreakers::ill_for(const work::BreakerKey& key) {
  const std::lock_guard lock(mutex_);
  const auto since = ill_since_.find(key);
  return since == ill_since_.end() ? WorkDuration(0) : options_.now() - since->second;
}

void ModelBreakers::degraded(const RungStep& step) {
  const std::lock_guard lock(mutex_);
  if (options_.listener) options_.listener->on_degraded(step);
}

void ModelBreakers::recovered(const RungStep& step) {
  const std::lock_guard lock(mutex_);
  if (options_.listener) options_.listener->on_recovered(step);
}

void ModelBreakers::tell_changes() {
  for (const auto& [key, change] : breakers_.take_changes()) {
    if (change.from == work::BreakerState::kClosed) ill_since_[key] = options_.now();
    if (change.to == work::BreakerState::kClosed) ill_since_.erase(key);
    if (options_.listener) options_.listener->on_breaker(key, change);
  }
}

}  // namespace subtide
