#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/result.h"

namespace subtide {

/// Gives the same object for the same key as long as somebody holds it.
///
/// Threads: any; two threads that want one key wait for one making of it.
template <typename T>
class SharedCache {
 public:
  template <typename Make>
  Result<std::shared_ptr<T>> get(const std::string& key, Make make) {
    const auto slot = slot_for(key);
    const std::lock_guard lock(slot->mutex);
    if (auto held = slot->object.lock()) return held;
    Result<std::shared_ptr<T>> made = make();
    if (made) slot->object = *made;
    return made;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<T> object;
  };

  std::shared_ptr<Slot> slot_for(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto& slot = slots_[key];
    if (slot == nullptr) slot = std::make_shared<Slot>();
    return slot;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace subtide
