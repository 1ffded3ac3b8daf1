#include "models/rung_in_use.h"

#include <utility>

namespace subtide {

RungInUse::Change RungInUse::answered(std::size_t rung, bool is_for_want) {
  const std::lock_guard lock(mutex_);
  if (rung > in_use_ && is_for_want) return step(Move::kDown, rung);
  if (rung >= in_use_) {
    better_in_a_row_ = 0;
    return {};
  }
  if (++better_in_a_row_ < calls_to_recover_) return {};
  return step(Move::kUp, rung);
}

RungInUse::Change RungInUse::step(Move move, std::size_t to) {
  better_in_a_row_ = 0;
  return {move, std::exchange(in_use_, to)};
}

}  // namespace subtide
