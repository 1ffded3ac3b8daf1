#include "engine/work/link/work_keeper.h"

#include <iterator>
#include <utility>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"

namespace subtide {
namespace {

/// How often a full disk is tried again while nothing new comes.
constexpr std::chrono::milliseconds kRetry(1000);

template <typename Value>
void append_all(std::vector<Value>& to, std::vector<Value>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void append(WorkBatch& to, WorkBatch&& from) {
  append_all(to.jobs, std::move(from.jobs));
  append_all(to.new_tasks, std::move(from.new_tasks));
  append_all(to.changes, std::move(from.changes));
  append_all(to.events, std::move(from.events));
}

bool is_empty(const WorkBatch& batch) {
  return batch.jobs.empty() && batch.new_tasks.empty() && batch.changes.empty() &&
         batch.events.empty();
}

}  // namespace

WorkKeeper::WorkKeeper(KeeperOptions options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

WorkKeeper::~WorkKeeper() { finish(); }

void WorkKeeper::keep(WorkTurn turn, std::function<void()> then) {
  if (!thread_.joinable()) {
    std::vector<Waiting> last;
    last.push_back({std::move(turn), std::move(then)});
    return keep_all(std::move(last));
  }
  const std::lock_guard lock(mutex_);
  waiting_.push_back({std::move(turn), std::move(then)});
  changed_.notify_one();
}

void WorkKeeper::finish() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void WorkKeeper::run(const std::stop_token& stop) {
  while (true) {
    std::vector<Waiting> turns;
    {
      std::unique_lock lock(mutex_);
      const auto has_some = [this] { return !waiting_.empty(); };
      if (is_empty(unkept_)) {
        changed_.wait(lock, stop, has_some);
      } else {
        changed_.wait_for(lock, stop, kRetry, has_some);
      }
      turns.swap(waiting_);
    }
    const bool is_last = turns.empty() && stop.stop_requested();
    keep_all(std::move(turns));
    if (is_last) return;
  }
}

void WorkKeeper::keep_all(std::vector<Waiting> turns) {
  std::vector<Effect> effects;
  for (Waiting& each : turns) {
    append_all(effects, std::move(each.turn.effects));
    append(unkept_, std::move(each.turn.batch));
  }
  keep_effects(effects);
  keep_batch();
  for (const Waiting& each : turns) {
    if (each.then) each.then();
  }
}

void WorkKeeper::keep_effects(const std::vector<Effect>& effects) {
  if (effects.empty()) return;
  if (options_.effects != nullptr) {
    const auto kept = options_.effects->put(effects);
    if (!kept && is_keeping_results_) {
      log_warning("results are not kept for another run: {}", kept.error().message);
    }
    is_keeping_results_ = kept.has_value();
  }
  fault_point(FaultPoint::kResultKept);
}

void WorkKeeper::keep_batch() {
  if (is_empty(unkept_)) return;
  if (options_.store != nullptr && !is_store_lost_) {
    if (const auto committed = options_.store->commit(unkept_); !committed) {
      return wait_for_store(committed.error());
    }
  }
  fault_point(FaultPoint::kTurnCommitted);
  unkept_since_.reset();
  WorkBatch batch = std::exchange(unkept_, {});
  if (options_.on_logged && !batch.events.empty()) options_.on_logged(std::move(batch.events));
}

/// Later turns build on what was not kept, so it stays in memory and is tried again with them.
void WorkKeeper::wait_for_store(const Error& error) {
  const auto now = Clock::now();
  if (!unkept_since_) {
    log_warning("{}; going on in memory for {} s", error.message,
                std::chrono::duration_cast<std::chrono::seconds>(options_.patience).count());
    unkept_since_ = now;
  }
  if (may_pass(error.code) && now - *unkept_since_ < options_.patience) return;
  is_store_lost_ = true;
  unkept_ = {};
  if (options_.on_store_lost) options_.on_store_lost(error);
}

}  // namespace subtide
