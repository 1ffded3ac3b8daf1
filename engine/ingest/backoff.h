#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace subtide {

/// How long to wait before the next try to reach a source: 0.5, 1, 2, 4, 8, 15, 15 … seconds, each
/// 20 % more or less by chance, so that many engines do not come back at the same instant.
///
/// Owner:   the caller; a value.
/// Threads: one at a time.
/// Errors:  none; it never gives up.
class Backoff {
 public:
  explicit Backoff(std::uint32_t seed) : random_(seed) {}

  std::chrono::milliseconds next();
  /// How many pauses next() has given since the last success.
  int attempts() const { return attempts_; }
  /// The source is back.
  void succeeded() { attempts_ = 0; }

 private:
  std::mt19937 random_;
  int attempts_ = 0;
};

}  // namespace subtide
