#include "engine/work/work_timers.h"

#include <functional>

namespace subtide::work {

std::size_t WorkTimers::Hash::operator()(const WorkTimer& timer) const {
  constexpr std::uint64_t kKinds = 16;
  return std::hash<std::uint64_t>()(timer.id * kKinds + static_cast<std::uint64_t>(timer.kind));
}

void WorkTimers::arm(WorkTimer timer, WorkTime at) {
  const auto [found, is_new] = moments_.try_emplace(timer, at);
  if (!is_new) {
    if (found->second == at) return;
    order_.erase({found->second, timer.kind, timer.id});
    found->second = at;
  }
  order_.insert({at, timer.kind, timer.id});
}

void WorkTimers::disarm(WorkTimer timer) {
  const auto found = moments_.find(timer);
  if (found == moments_.end()) return;
  order_.erase({found->second, timer.kind, timer.id});
  moments_.erase(found);
}

std::optional<WorkTime> WorkTimers::next() const {
  if (order_.empty()) return std::nullopt;
  return std::get<WorkTime>(*order_.begin());
}

std::optional<WorkTimer> WorkTimers::take_due(WorkTime now) {
  if (order_.empty()) return std::nullopt;
  const auto [at, kind, id] = *order_.begin();
  if (at > now) return std::nullopt;
  order_.erase(order_.begin());
  moments_.erase({kind, id});
  return WorkTimer{kind, id};
}

}  // namespace subtide::work
