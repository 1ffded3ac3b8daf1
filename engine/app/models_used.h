#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "engine/events/job_events.h"
#include "engine/speech/ports.h"

namespace subtide {

/// The models behind one job's results, in the order in which they came. Threads: any.
class ModelsUsed {
 public:
  void add(const std::string& role, const MadeBy& model) {
    const std::lock_guard lock(mutex_);
    const bool is_known = std::ranges::any_of(models_, [&](const ModelNamed& known) {
      return known.role == role && known.spec == model.spec && known.detail == model.detail;
    });
    if (!is_known) models_.push_back({role, model.spec, model.detail});
  }
  std::vector<ModelNamed> all() const {
    const std::lock_guard lock(mutex_);
    return models_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ModelNamed> models_;
};

}  // namespace subtide
