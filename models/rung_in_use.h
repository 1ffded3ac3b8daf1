#pragma once

#include <cstddef>
#include <mutex>

namespace subtide {

/// Which rung of a ladder does the work, as far as it is told: it goes down at once, and up again
/// when the better rung has answered some calls in a row.
///
/// Threads: any. Errors: none.
class RungInUse {
 public:
  explicit RungInUse(std::size_t calls_to_recover) : calls_to_recover_(calls_to_recover) {}

  enum class Move { kNone, kDown, kUp };
  struct Change {
    Move move = Move::kNone;
    std::size_t from = 0;
  };

  /// `rung` (0 is the best) answered a call; `is_for_want` of a better one that failed or is kept
  /// away, not because the better ones do not offer what was asked.
  Change answered(std::size_t rung, bool is_for_want);

 private:
  Change step(Move move, std::size_t to);

  const std::size_t calls_to_recover_;
  std::mutex mutex_;
  std::size_t in_use_ = 0;
  std::size_t better_in_a_row_ = 0;
};

}  // namespace subtide
