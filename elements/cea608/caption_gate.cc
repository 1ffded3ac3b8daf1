#include "elements/cea608/caption_gate.h"

namespace subtide {

void CaptionGate::add(const Cea608Slot& slot) {
  const std::lock_guard lock(lock_);
  placer_.add(slot);
  changed_.notify_all();
}

void CaptionGate::advance(MediaTime until) {
  const std::lock_guard lock(lock_);
  placer_.advance(until);
  changed_.notify_all();
}

void CaptionGate::end() {
  const std::lock_guard lock(lock_);
  is_ended_ = true;
  changed_.notify_all();
}

void CaptionGate::restart() {
  const std::lock_guard lock(lock_);
  placer_.drop();
  is_ended_ = false;
}

void CaptionGate::shut(bool is_shut) {
  const std::lock_guard lock(lock_);
  is_shut_ = is_shut;
  changed_.notify_all();
}

std::optional<std::vector<Cea608Pair>> CaptionGate::take(TimeSpan shown, MediaTime decoded,
                                                         std::optional<Deadline> deadline) {
  std::unique_lock lock(lock_);
  const auto may_go = [&] { return is_shut_ || is_ended_ || placer_.knows(shown.end); };
  if (deadline) {
    changed_.wait_until(lock, *deadline, may_go);
  } else {
    changed_.wait(lock, may_go);
  }
  if (is_shut_) return std::nullopt;
  return placer_.take(shown, decoded);
}

}  // namespace subtide
