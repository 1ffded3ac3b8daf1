#include "engine/work/link/worker_models.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
using What = wire::ModelNews::What;

std::int64_t ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

}  // namespace

/// Outlives the worker's models: the last one tells here that it is gone.
struct WorkerModels::State {
  struct Former {
    MadeBy model;
    std::string reason;
  };

  void tell(wire::ModelNews what) {
    const std::lock_guard lock(mutex);
    news.push_back(std::move(what));
    if (bell) bell();
  }

  void end(const StageModel* model) {
    wire::ModelNews what;
    what.what = What::kUnloaded;
    {
      const std::lock_guard lock(mutex);
      if (auto ended = former.extract(model)) {
        what.model = std::move(ended.mapped().model);
        what.reason = std::move(ended.mapped().reason);
      }
    }
    delete model;
    if (!what.reason.empty()) tell(std::move(what));
  }

  mutable std::mutex mutex;
  Model current;
  std::string spec;  ///< as the current one was asked for
  std::vector<std::string> names;
  std::map<const StageModel*, Former> former;
  std::vector<wire::ModelNews> news;
  std::function<void()> bell;
};

WorkerModels::WorkerModels(ModelLoader load)
    : load_(std::move(load)), state_(std::make_shared<State>()) {}

WorkerModels::WorkerModels(StageModel model) : state_(std::make_shared<State>()) {
  state_->names = model.names;
  state_->current = std::make_shared<const StageModel>(std::move(model));
}

/// The current model holds the state, which holds the model.
WorkerModels::~WorkerModels() {
  Model last;  // ends outside the lock
  const std::lock_guard lock(state_->mutex);
  state_->bell = nullptr;
  last = std::exchange(state_->current, nullptr);
}

Result<MadeBy> WorkerModels::load(const std::string& spec) {
  if (!load_) return make_error(ErrorCode::kUnsupported, "this worker loads no other models");
  wire::ModelNews news;
  news.model = {spec, "", spec};
  state_->tell(news);
  const auto start = Clock::now();
  const std::int64_t before = resident_bytes();
  auto loaded = load_(spec);
  news.took_ms = ms_since(start);
  if (!loaded) {
    news.what = What::kFailed;
    news.error = loaded.error();
    state_->tell(std::move(news));
    return loaded.error();
  }
  news.what = What::kLoaded;
  news.model = made_by(loaded->traits);
  news.bytes = std::max<std::int64_t>(resident_bytes() - before, 0);
  const MadeBy model = news.model;
  state_->tell(std::move(news));
  replace(Model(new StageModel(std::move(*loaded)),
                [state = state_](const StageModel* ended) { state->end(ended); }),
          spec, "replaced");
  return model;
}

void WorkerModels::replace(Model next, const std::string& spec, const std::string& reason) {
  Model last;  // ends outside the lock
  const std::lock_guard lock(state_->mutex);
  last = std::exchange(state_->current, std::move(next));
  if (last) state_->former[last.get()] = {made_by(last->traits), reason};
  state_->spec = spec;
  if (state_->names.empty() && state_->current) state_->names = state_->current->names;
  if (state_->bell) state_->bell();
}

Status WorkerModels::unload(const std::string& spec) {
  const Model model = current();
  const bool is_it = model && (model->traits.spec == spec || state_->spec == spec);
  if (!is_it) {
    return make_error(ErrorCode::kNotFound, "'{}' is not loaded; there is {}", spec, text());
  }
  replace(nullptr, "", "ordered");
  return ok();
}

WorkerModels::Model WorkerModels::current() const {
  const std::lock_guard lock(state_->mutex);
  return state_->current;
}

std::vector<std::string> WorkerModels::names() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> names = state_->names;
  if (!state_->current) return names;
  for (const std::string& name : state_->current->names) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string WorkerModels::text() const {
  const std::lock_guard lock(state_->mutex);
  std::string text = state_->current ? state_->current->traits.spec : "no model";
  const char* before = "; finishing: ";
  for (const auto& [address, former] : state_->former) {
    text += std::exchange(before, ", ") + former.model.spec;
  }
  return text;
}

std::vector<wire::ModelNews> WorkerModels::take_news() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->news, {});
}

void WorkerModels::set_bell(std::function<void()> bell) {
  const std::lock_guard lock(state_->mutex);
  state_->bell = std::move(bell);
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  file >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace subtide
