#pragma once

#include <chrono>
#include <mutex>

namespace subtide {

struct BreakerOptions {
  int failures_to_open = 3;                                    ///< in a row
  std::chrono::milliseconds pause = std::chrono::seconds(30);  ///< while it is open
};

/// Keeps calls away from what keeps failing: after some failures in a row it opens for a while,
/// then lets one call through as a probe, and closes when that one succeeds.
///
/// Time:    the caller's clock, passed in; it never runs backwards.
/// Threads: any. Errors: none.
class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit CircuitBreaker(BreakerOptions options) : options_(options) {}

  /// Whether a call may be made now. Each true is followed by one of the three below.
  bool allows(Time now);
  void succeeded();
  void failed(Time now);
  /// The call said nothing about health: it was stopped, or asked for what is not offered.
  void abandoned();

 private:
  BreakerOptions options_;
  std::mutex mutex_;
  int failures_ = 0;
  bool is_open_ = false;
  bool is_probing_ = false;
  Time open_until_;
};

}  // namespace subtide
