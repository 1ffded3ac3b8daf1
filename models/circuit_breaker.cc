#include "models/circuit_breaker.h"

namespace subtide {

bool CircuitBreaker::allows(Time now) {
  const std::lock_guard lock(mutex_);
  if (!is_open_) return true;
  if (is_probing_ || now < open_until_) return false;
  is_probing_ = true;
  return true;
}

void CircuitBreaker::succeeded() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  is_open_ = false;
  is_probing_ = false;
}

void CircuitBreaker::failed(Time now) {
  const std::lock_guard lock(mutex_);
  ++failures_;
  if (!is_probing_ && failures_ < options_.failures_to_open) return;
  is_open_ = true;
  is_probing_ = false;
  open_until_ = now + options_.pause;
}

void CircuitBreaker::abandoned() {
  const std::lock_guard lock(mutex_);
  is_probing_ = false;
}

}  // namespace subtide
