#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/work/task.h"

namespace subtide::work {

struct BreakerLimits {
  std::size_t window = 20;                       ///< the last calls that count
  std::size_t minimum = 10;                      ///< calls before it can open
  int failed_percent = 50;                       ///< opens at it
  int late_percent = 80;                         ///< of calls over their deadline: opens at it
  WorkDuration open = std::chrono::seconds(15);  ///< doubles with each failed probe
  WorkDuration longest_open = std::chrono::seconds(300);
  std::size_t probes = 3;  ///< at a time, and to succeed before it closes
  WorkDuration half_open = std::chrono::seconds(60);
};

enum class BreakerState { kClosed, kOpen, kHalfOpen };
std::string_view to_string(BreakerState state);

/// Leave for one call. It ends by Breaker::end(), or by itself at its deadline.
struct BreakerPermit {
  std::uint64_t number = 0;
  std::uint64_t period = 0;  ///< which of the breaker's states it was given in
  WorkTime deadline{0};
};

enum class CallEnd {
  kSucceeded,
  kFailed,
  kAbandoned  ///< says nothing about health: stopped, or asked for what is not offered
};

struct BreakerChange {
  BreakerState from = BreakerState::kClosed;
  BreakerState to = BreakerState::kClosed;
  std::size_t calls = 0;  ///< in the window; 0 unless it opened from closed
  int failed_percent = 0;
  int late_percent = 0;
  std::optional<WorkTime> until;  ///< when it leaves the new state by itself
  WorkDuration open_for{0};       ///< where it is open now
};

/// Keeps calls away from what keeps failing or being late.
///
/// Closed: all calls may go. Open: none. Half-open: a few probes at a time; when enough of them
/// succeeded in time it closes, when one does not it opens for twice as long. Half-open ends by
/// itself too: with a success it closes; when nobody probed it opens again, for the shortest time.
/// A probe that is not given back is over, and failed, at its deadline.
///
/// Time:    `now` of each call; it never runs backwards. A tick() at next_due() keeps the told
///          changes on time; permits are right without it.
/// Threads: one at a time. Errors: none.
class Breaker {
 public:
  explicit Breaker(BreakerLimits limits = {}) : limits_(limits) {}

  /// Leave for a call that is to be over at `deadline`; none while calls are kept away.
  std::optional<BreakerPermit> ask(WorkTime now, WorkTime deadline);
  /// The call is over. Permits of an earlier state say nothing about this one.
  void end(const BreakerPermit& permit, CallEnd end, WorkTime now);
  void tick(WorkTime now);
  std::optional<WorkTime> next_due() const;

  BreakerState state() const { return state_; }
  /// What changed since the last time this was asked.
  std::vector<BreakerChange> take_changes() { return std::exchange(changes_, {}); }

 private:
  struct Call {
    bool is_failed;
    bool is_late;
  };

  void enter(BreakerState state, std::optional<WorkTime> until, BreakerChange change = {});
  void enter_open(WorkTime now, WorkDuration length, BreakerChange change = {});
  void probe_failed(WorkTime now);
  void judge(WorkTime now);

  BreakerLimits limits_;
  BreakerState state_ = BreakerState::kClosed;
  std::uint64_t period_ = 0;
  std::uint64_t last_permit_ = 0;
  std::optional<WorkTime> until_;
  WorkDuration open_length_{0};  ///< of the last time it was open; 0 since it closed
  std::deque<Call> calls_;
  std::size_t successes_ = 0;                 ///< of probes
  std::map<std::uint64_t, WorkTime> probes_;  ///< under way, with their deadlines
  std::set<std::pair<WorkTime, std::uint64_t>> by_deadline_;
  std::vector<BreakerChange> changes_;
};

/// What a breaker is for.
struct BreakerKey {
  std::string stage;
  std::string model;
  std::string device;

  auto operator<=>(const BreakerKey&) const = default;
};
/// "transcribe/whisper:base.en/cpu".
std::string to_string(const BreakerKey& key);

/// One breaker for each stage, model and device; made when it is first asked for.
///
/// Threads: one at a time. Errors: none.
class Breakers {
 public:
  explicit Breakers(BreakerLimits limits = {}) : limits_(limits) {}

  Breaker& at(const BreakerKey& key) { return breakers_.try_emplace(key, limits_).first->second; }
  void tick(WorkTime now);
  std::optional<WorkTime> next_due() const;
  std::vector<std::pair<BreakerKey, BreakerChange>> take_changes();

 private:
  BreakerLimits limits_;
  std::map<BreakerKey, Breaker> breakers_;
};

}  // namespace subtide::work
