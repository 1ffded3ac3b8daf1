#pragma once

#include <chrono>
#include <functional>

namespace subtide {

/// Runs `take_down` on a thread of its own, and waits for it at most `limit`: an element that hangs
/// is left behind, with all that `take_down` holds, and its caller goes on.
/// Threads: any; `take_down` must own what it uses.
void take_down_within(std::chrono::nanoseconds limit, std::function<void()> take_down);

}  // namespace subtide
