#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/event_output.h"
#include "engine/app/models_used.h"
#include "engine/app/run_folder.h"
#include "engine/app/run_log.h"
#include "engine/app/space_watch.h"
#include "engine/app/worker_fleet.h"
#include "engine/events/event_state_server.h"
#include "engine/events/request_channel.h"
#include "engine/work/link/mediated_models.h"
#include "engine/work/link/mediator.h"
#include "engine/work/store/dead_letters.h"
#include "engine/work/store/input_identity.h"

namespace subtide {

struct WorkPlaneOptions {
  std::filesystem::path state;
  int workers = 0;        ///< processes; 0: models work in this one
  bool is_fresh = false;  ///< results of before are not looked for
  /// A stop lets work go on until the run is over, instead of leaving it to the next run.
  bool finishes_when_stopped = false;
  std::string input;                           ///< for people: what the run is about
  std::vector<std::filesystem::path> outputs;  ///< folders whose room is watched, as the state's
  /// The run cannot be carried on. Comes on any thread.
  std::function<void(const Error&)> on_trouble;
  /// Takes what `subtide inject` sends; empty: nothing is taken. Comes on a thread of its own.
  RequestServer::Handler on_request;
};

/// One job's share of a plane. Threads: any.
struct PlaneJob {
  std::string id;
  std::shared_ptr<WorkCounters> counters = std::make_shared<WorkCounters>();
  /// The models that its results are from, in the order in which they came.
  std::shared_ptr<ModelsUsed> models = std::make_shared<ModelsUsed>();
};

/// What stands behind a run: its folder with log and bus, the store of results, and, with workers,
/// the mediator and the processes.
///
/// When the run is stopped, the destructor gives workers up to 25 s for what they have under way:
/// another run finds it done. Not so with `finishes_when_stopped`.
///
/// Owner:   the batch. Threads: several of its own; the functions from any.
/// Errors:  start(): those of the stores and sockets, each naming the file.
class WorkPlane {
 public:
  static Result<std::unique_ptr<WorkPlane>> start(const WorkPlaneOptions& options,
                                                  EventOutput& events, Console& console,
                                                  std::stop_token stop);
  ~WorkPlane();
  WorkPlane(const WorkPlane&) = delete;
  WorkPlane& operator=(const WorkPlane&) = delete;

  std::shared_ptr<PlaneJob> begin_job(const std::string& id, const std::string& input);
  void end_job(const PlaneJob& job, bool is_whole);

  /// The same models for the job, whose results are kept; their work is done by workers where there
  /// are some.
  std::shared_ptr<ModelProvider> keep(std::shared_ptr<ModelProvider> models,
                                      std::shared_ptr<const PlaneJob> job);

  /// What is kept for other runs.
  std::shared_ptr<EffectStore> effects() const { return effects_; }
  std::weak_ptr<SharedDatabase> database() const { return database_; }

  /// Results that came from workers who had lost the task, since the start. None was used.
  std::uint64_t fenced() const;

 private:
  class Told;
  class Models;
  WorkPlane(const WorkPlaneOptions& options, EventOutput& events, Console& console,
            std::stop_token stop);
  Status open();
  Status open_bus();
  void watch_space();
  Status open_requests();
  Status open_mediator();
  /// The model of workers that are started for it, under the name that they serve.
  Result<ModelTraits> by_workers(const std::string& stage, std::string_view spec,
                                 const ModelOptions& options, std::string& name);
  JobWork work(const PlaneJob& job, const std::string& role) const;
  std::string input_of(const std::string& job) const;
  bool leaves_work() const;
  void finish_leases();

  const WorkPlaneOptions options_;
  EventOutput& events_;
  Console& console_;
  const std::stop_token stop_;
  RunDescription run_;
  std::shared_ptr<RunStore> store_;
  std::shared_ptr<SharedDatabase> database_;
  std::shared_ptr<EffectStore> effects_;
  std::shared_ptr<BlobStore> blobs_;
  std::shared_ptr<DeadLetters> letters_;
  std::unique_ptr<SpaceWatch> space_;
  std::unique_ptr<RunLog> log_;
  std::unique_ptr<EventProxy> proxy_;
  std::unique_ptr<EventStateServer> state_server_;
  std::unique_ptr<RequestServer> requests_;
  std::shared_ptr<Told> told_;
  std::shared_ptr<Mediator> mediator_;
  std::unique_ptr<WorkerFleet> fleet_;
  mutable std::mutex mutex_;                   ///< guards the inputs
  std::map<std::string, std::string> inputs_;  ///< of the jobs under way, by their id
};

}  // namespace subtide
