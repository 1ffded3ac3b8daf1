#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/run_store.h"

namespace subtide {

/// What the mediator wants kept of one turn of its loop.
struct WorkTurn {
  std::vector<Effect> effects;
  WorkBatch batch;
};

struct KeeperOptions {
  std::shared_ptr<RunStore> store;             ///< null: nothing is kept but in memory
  std::shared_ptr<EffectStore> effects;        ///< null: results are not kept
  std::chrono::milliseconds patience{30'000};  ///< how long a full disk is waited for
  /// Facts that are on the disk now.
  std::function<void(std::vector<LogRow> events)> on_logged;
  /// The store took nothing for so long, or never will again.
  std::function<void(const Error&)> on_store_lost;
};

/// Writes what the mediator decides, so that workers get their next task without waiting for the
/// disk. Effects are kept before the batch that says that their tasks are done. What comes while
/// the disk is busy is kept together.
///
/// While the disk is full, turns stay in memory and are tried again with those that follow;
/// results that do not fit are not kept.
///
/// Owner:   the mediator's loop. Threads: starts one, which calls all functions that were given;
///          keep() and finish() from one thread.
/// Errors:  none but on_store_lost.
class WorkKeeper {
 public:
  explicit WorkKeeper(KeeperOptions options);
  ~WorkKeeper();
  WorkKeeper(const WorkKeeper&) = delete;
  WorkKeeper& operator=(const WorkKeeper&) = delete;

  /// `then` is called when the turn is kept, or waits in memory because the disk is full.
  void keep(WorkTurn turn, std::function<void()> then);
  /// Keeps what is waiting and ends the thread; from then on keep() does it all itself.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    WorkTurn turn;
    std::function<void()> then;
  };
  void run(const std::stop_token& stop);
  void keep_all(std::vector<Waiting> turns);
  void keep_effects(const std::vector<Effect>& effects);
  void keep_batch();
  void wait_for_store(const Error& error);

  const KeeperOptions options_;
  // The thread's, while there is one.
  WorkBatch unkept_;  ///< of turns before, to be kept with the next
  std::optional<Clock::time_point> unkept_since_;
  bool is_store_lost_ = false;
  bool is_keeping_results_ = true;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Waiting> waiting_;
  std::jthread thread_;
};

}  // namespace subtide
