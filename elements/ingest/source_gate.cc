#include "elements/ingest/source_gate.h"

#include <utility>

namespace subtide {

bool SourceGate::enter() {
  const std::lock_guard lock(mutex_);
  if (is_cut_) return false;
  ++inside_;
  return true;
}

void SourceGate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  left_.notify_all();
}

void SourceGate::expect(Port port) {
  if (!enter()) return;
  listener_->expect(port);
  leave();
}

bool SourceGate::pass(Port port, SourceSample sample) {
  if (!enter()) return false;
  const bool is_wanted = listener_->take(port, std::move(sample), is_cut_);
  leave();
  return is_wanted;
}

void SourceGate::pass_splice(std::vector<std::uint8_t> section) {
  if (!enter()) return;
  listener_->take_splice(std::move(section));
  leave();
}

void SourceGate::pass_health(const TsDamage& found) {
  if (!enter()) return;
  listener_->take_health(found);
  leave();
}

void SourceGate::pieces(MediaDuration length) {
  if (!enter()) return;
  listener_->comes_in_pieces(length);
  leave();
}

void SourceGate::cut() {
  {
    const std::lock_guard lock(mutex_);
    is_cut_ = true;
  }
  listener_->wake();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return inside_ == 0; });
}

}  // namespace subtide
