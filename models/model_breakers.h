#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/work/breaker.h"

namespace subtide {

/// A step from one rung of a ladder of models to another.
struct RungStep {
  std::string stage;  ///< "transcribe", "translate"
  std::string from;   ///< models by their specs
  std::string to;
  std::string cause;  ///< one line for people
};

/// Hears how the models of this process are. Calls come from any thread, one at a time and in the
/// order of what happened, with a lock held: they must be short and not ask a model.
class ModelHealthListener {
 public:
  virtual ~ModelHealthListener() = default;
  virtual void on_breaker(const work::BreakerKey& key, const work::BreakerChange& change) = 0;
  /// A lesser model does the work now.
  virtual void on_degraded(const RungStep& step) = 0;
  /// The better one does it again.
  virtual void on_recovered(const RungStep& step) = 0;
};

/// The circuit breakers of all models of one provider, and who hears of their health.
///
/// Time:    `now`, the steady clock unless a test brings its own.
/// Owner:   shared by the ladders. Threads: any. Errors: none.
class ModelBreakers {
 public:
  struct Options {
    work::BreakerLimits limits;
    std::function<WorkTime()> now = [] {
      return std::chrono::steady_clock::now().time_since_epoch();
    };
    std::shared_ptr<ModelHealthListener> listener;  ///< may be null
  };
  ModelBreakers() : ModelBreakers(Options()) {}
  explicit ModelBreakers(Options options);

  /// Leave for a call that should take `limit` at most; each is followed by end().
  std::optional<work::BreakerPermit> ask(const work::BreakerKey& key, WorkDuration limit);
  void end(const work::BreakerKey& key, const work::BreakerPermit& permit, work::CallEnd end);
  /// For how long the model has not been well: since its breaker opened, until it closes.
  WorkDuration ill_for(const work::BreakerKey& key);

  void degraded(const RungStep& step);
  void recovered(const RungStep& step);

 private:
  void tell_changes();

  const Options options_;
  std::mutex mutex_;  ///< guards what is below, and the listener's order
  work::Breakers breakers_;
  std::map<work::BreakerKey, WorkTime> ill_since_;
};

}  // namespace subtide
