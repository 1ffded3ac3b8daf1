#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/work/link/wire.h"

namespace subtide {

/// What a lane does with a lease.
struct LaneWork {
  wire::Offer lease;
  std::stop_token stop;                  ///< somebody else has the task now, or the worker stops
  std::atomic<std::uint64_t>* progress;  ///< counts up with every step of real work
};
/// Gives the result as JSON. Called from several threads at once; must not throw.
using LaneFunction = std::function<Result<std::string>(const LaneWork&)>;

/// A model, and what is done with it.
struct StageModel {
  ModelTraits traits;
  std::vector<std::string> names;  ///< that tasks ask for it by; see served_names()
  LaneFunction work;
};
using ModelLoader = std::function<Result<StageModel>(const std::string& spec)>;

/// The models of one worker: the one that new leases go to, and former ones that finish theirs.
///
/// A model that is loaded takes the former one's place, also under the names of the first: tasks
/// that ask for that one go to the new one. Each lease keeps the model it began with; the former
/// one is unloaded with its last lease.
///
/// Owner:   shared by the link and whoever gives orders.
/// Threads: load() and unload() from one thread; the others from any.
/// Errors:  load(): as the loader; what was there before stays. unload(): kNotFound.
class WorkerModels {
 public:
  using Model = std::shared_ptr<const StageModel>;

  explicit WorkerModels(ModelLoader load);
  /// With a model that is loaded already, and no way to load others.
  explicit WorkerModels(StageModel model);
  /// The bell rings no more; a model that leases still use goes with the last of them.
  ~WorkerModels();
  WorkerModels(const WorkerModels&) = delete;
  WorkerModels& operator=(const WorkerModels&) = delete;

  /// Takes as long as the model takes to load; work goes on meanwhile.
  Result<MadeBy> load(const std::string& spec);
  /// No new leases until another is loaded. `spec`: as it was asked for, or as resolved.
  Status unload(const std::string& spec);

  Model current() const;  ///< null: none is loaded
  /// Those of the first model that was loaded, and of the current one; empty before.
  std::vector<std::string> names() const;
  /// "whisper:small.en; finishing: whisper:base.en"
  std::string text() const;

  /// What became of models since the last call.
  std::vector<wire::ModelNews> take_news();
  /// Called, from any thread, whenever there is news. Empty: nobody.
  void set_bell(std::function<void()> bell);

 private:
  struct State;
  void replace(Model next, const std::string& spec, const std::string& reason);

  const ModelLoader load_;
  const std::shared_ptr<State> state_;
};

/// What this process keeps in memory now; 0 where the system does not tell.
std::int64_t resident_bytes();

}  // namespace subtide
