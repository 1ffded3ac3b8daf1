// How fast work is given out: the mediator's core alone, with its store, and as a whole with a
// worker over ipc. Prints tasks per second, and milliseconds from a finished task to the next.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "bench/figures.h"
#include "engine/app/run_log.h"
#include "engine/app/work_events.h"
#include "engine/work/link/mediator.h"
#include "engine/work/link/worker_link.h"
#include "engine/work/mediator_core.h"
#include "engine/work/store/run_store.h"
#include "engine/work/store/shared_database.h"

namespace subtide::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWorkers = 8;
constexpr std::size_t kLanes = 4;
constexpr TaskId kAddedAtOnce = 500;

Task make_task(TaskId id) {
  Task task;
  task.id = id;
  task.job = "job";
  task.stage = "transcribe";
  task.model = "fake:";
  task.effect_key = fmt::format("{:064x}", id);
  task.payload = R"({"blob":"9f86d081884c7d659a2feaa0c55ad015","language":"en","pieces":[]})";
  task.span = {MediaTime(std::chrono::seconds(id)), MediaTime(std::chrono::seconds(id + 1))};
  return task;
}

/// A fact as a row of the log, as the program writes it.
class Facts {
 public:
  LogRow row_of(const work::EventHappened& happened) {
    auto said = catalogued(happened);
    return to_log_row(source_.make(std::move(said->subject), std::move(said->body)));
  }

 private:
  EventSource source_{"host", "bench", "b00t"};
};

/// The core, with workers that need no time and, if there is one, a store.
class Dispatch {
 public:
  explicit Dispatch(RunStore* store) : store_(store) {
    step(work::JobAdded{"job"});
    for (int i = 0; i < kWorkers; ++i) {
      const std::string name = fmt::format("worker-{}", i + 1);
      step(work::WorkerRegistered{name, 1, "transcribe", {"fake:"}, kLanes, true});
      step(work::WorkerReady{name, {"fake:"}});
      held_[name];
    }
    commit();
  }

  /// Tasks per second from the first that is added to the last that is done.
  double run(TaskId count) {
    const Stopwatch watch;
    for (TaskId id = 1; id <= count; ++id) {
      Task task = make_task(id);
      if (store_ != nullptr) batch_.new_tasks.push_back({task, {}});
      step(work::TaskAdded{std::move(task), {}});
      if (id % kAddedAtOnce == 0) commit();
    }
    commit();
    while (core_.counts().tasks > 0) turn();
    return static_cast<double>(count) / watch.seconds();
  }

 private:
  struct Held {
    TaskId task = 0;
    std::uint32_t generation = 0;
  };

  /// Every worker says that it is done and claims; then one commit, as in the mediator's loop.
  void turn() {
    for (auto& [name, held] : held_) {
      for (const Held& lease : std::exchange(held, {})) {
        step(work::TaskFinished{name, lease.task, lease.generation});
      }
      step(work::TaskClaim{name, "transcribe", {"fake:"}, kLanes});
    }
    step(work::Tick{});
    commit();
  }

  void step(const work::WorkInput& input) {
    for (const work::WorkEffect& effect : core_.step(input, Clock::now() - start_)) take(effect);
  }

  void take(const work::WorkEffect& effect) {
    if (const auto* granted = std::get_if<work::LeaseGranted>(&effect)) {
      held_[granted->worker].push_back({granted->task, granted->generation});
    }
    if (store_ == nullptr) return;
    if (const auto* changed = std::get_if<work::TaskChanged>(&effect)) {
      batch_.changes.push_back({changed->task, changed->progress});
    } else if (const auto* job = std::get_if<work::JobChanged>(&effect)) {
      batch_.jobs.push_back({job->job, job->state, "{}", "", std::chrono::system_clock::now()});
    } else if (const auto* event = std::get_if<work::EventHappened>(&effect)) {
      batch_.events.push_back(facts_.row_of(*event));
    }
  }

  void commit() {
    if (store_ != nullptr) need(store_->commit(std::exchange(batch_, {})));
  }

  RunStore* const store_;
  const Clock::time_point start_ = Clock::now();
  work::MediatorCore core_;
  Facts facts_;
  WorkBatch batch_;
  std::map<std::string, std::vector<Held>> held_;
};

double durable_rate(TaskId count) {
  const BenchFolder folder;
  RunStore store = need(RunStore::open(folder.path()));
  return Dispatch(&store).run(count);
}

/// Writes facts into the log, as the program does.
class Logged final : public WorkListener {
 public:
  std::vector<LogRow> to_log(const work::EventHappened& event) override {
    return {facts_.row_of(event)};
  }
  void on_logged(std::span<const LogRow> /*rows*/) override {}
  void on_dead(const Task& /*task*/, const TaskProgress& /*progress*/) override {}
  void on_kill(pid_t /*pid*/, const std::string& /*reason*/) override {}

 private:
  Facts facts_;
};

/// A whole mediator with both stores and a worker of one lane, which measures how long it has
/// nothing to do between two tasks.
std::vector<double> pauses_ms(int count) {
  const BenchFolder folder;
  MediatorOptions options;
  options.endpoint = "ipc://" + (folder.path() / "work").string();
  options.store = std::make_shared<RunStore>(need(RunStore::open(folder.path())));
  const auto database = need(SharedDatabase::open(folder.path() / "store"));
  options.effects = std::make_shared<EffectStore>(need(EffectStore::create(database)));
  options.listener = std::make_shared<Logged>();
  const auto mediator = need(Mediator::start(std::move(options)));
  mediator->open_job("job");

  std::vector<double> pauses;
  Clock::time_point ended;
  WorkerLinkOptions worker;
  worker.endpoint = mediator->endpoint();
  worker.hello.worker = "bench";
  worker.hello.stage = "transcribe";
  worker.hello.names = {"fake:"};
  worker.hello.traits.spec = "fake:";
  const auto link = need(WorkerLink::create(std::move(worker), [&](const LaneWork&) {
    const auto begun = Clock::now();
    if (ended != Clock::time_point()) {
      pauses.push_back(std::chrono::duration<double, std::milli>(begun - ended).count());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ended = Clock::now();
    return Result<std::string>(R"({"segments":[]})");
  }));
  std::jthread serving([&](const std::stop_token& stop) { static_cast<void>(link->run(stop)); });

  // So many that there is always a task waiting, also while the disk takes its time.
  constexpr int kCallers = 64;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = caller; i < count; i += kCallers) {
        WorkRequest request;
        request.job = "job";
        request.stage = "transcribe";
        request.model = "fake:";
        request.work_key = fmt::format("{:064x}", i);
        request.payload = "{}";
        need(mediator->run(request, {}));
      }
    });
  }
  callers.clear();
  serving.request_stop();
  serving.join();
  return pauses;
}

/// What the disk takes to flush a few pages.
std::vector<double> syncs_ms(int count) {
  const BenchFolder folder;
  const int file = ::open((folder.path() / "pages").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string pages(3 * 4096, 'x');
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    if (::write(file, pages.data(), pages.size()) < 0) break;
    const Stopwatch watch;
    ::fdatasync(file);
    times.push_back(watch.seconds() * 1000);
  }
  ::close(file);
  return times;
}

/// Beginning and end are not what is asked for: the worker is not waited for then.
std::vector<double> middle_of(const std::vector<double>& pauses) {
  if (pauses.size() < 200) return pauses;
  return {pauses.begin() + 20, pauses.end() - 100};
}

}  // namespace
}  // namespace subtide::bench

int main(int argc, char** argv) {
  using namespace subtide::bench;
  const int runs = argc > 1 ? std::atoi(argv[1]) : 3;
  for (int i = 0; i < runs; ++i) {
    print_figure("memory_tasks_per_second", Dispatch(nullptr).run(40'000));
    print_figure("durable_tasks_per_second", durable_rate(10'000));
    const auto pauses = middle_of(pauses_ms(1'500));
    const auto syncs = syncs_ms(200);
    print_figure("sync_ms_median", median(syncs));
    print_figure("sync_ms_p99", quantile(syncs, 0.99));
    print_figure("pause_ms_median", median(pauses));
    print_figure("pause_ms_p99", quantile(pauses, 0.99));
  }
  return 0;
}
