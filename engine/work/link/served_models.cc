#include "engine/work/link/served_models.h"

#include <algorithm>
#include <ranges>

namespace subtide {

void ServedModels::serves(const std::string& worker, const std::string& stage,
                          const std::vector<std::string>& names, const ModelTraits& model) {
  const std::lock_guard lock(mutex_);
  for (const std::string& name : names) {
    std::vector<Served>& served = served_[{stage, name}];
    std::erase_if(served, [&](const Served& each) { return each.worker == worker; });
    served.push_back({worker, model});
    failures_.erase({stage, name});
  }
  changed_.notify_all();
}

void ServedModels::leaves(const std::string& worker) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, served] : served_) {
    if (served.size() == 1) continue;
    std::erase_if(served, [&](const Served& each) { return each.worker == worker; });
  }
}

void ServedModels::fails(const std::string& stage, const std::vector<std::string>& names,
                         const Error& error) {
  const std::lock_guard lock(mutex_);
  for (const std::string& name : names) failures_.insert_or_assign({stage, name}, error);
  changed_.notify_all();
}

void ServedModels::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

Result<ModelTraits> ServedModels::wait_for(const Name& name, std::chrono::milliseconds patience,
                                           const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, patience, [&] {
    return is_closed_ || served_.contains(name) || failures_.contains(name);
  });
  if (const auto found = served_.find(name); found != served_.end()) {
    return found->second.back().model;
  }
  if (const auto failed = failures_.find(name); failed != failures_.end()) return failed->second;
  if (stop.stop_requested() || is_closed_) return make_error(ErrorCode::kUnavailable, "stopped");
  return make_error(
      ErrorCode::kUnavailable, "no worker for '{}' with {} came within {} s: see its log",
      name.first, name.second, std::chrono::duration_cast<std::chrono::seconds>(patience).count());
}

std::vector<MadeBy> ServedModels::of(const Name& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<MadeBy> models;
  const auto found = served_.find(name);
  if (found == served_.end()) return models;
  for (const Served& each : found->second | std::views::reverse) {
    MadeBy model = made_by(each.model);
    const bool is_new = std::ranges::none_of(
        models, [&](const MadeBy& known) { return known.identity == model.identity; });
    if (is_new) models.push_back(std::move(model));
  }
  return models;
}

}  // namespace subtide
