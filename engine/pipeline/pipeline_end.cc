#include "engine/pipeline/pipeline_end.h"

#include <future>
#include <thread>
#include <utility>

namespace subtide {

void take_down_within(std::chrono::nanoseconds limit, std::function<void()> take_down) {
  std::promise<void> is_down;
  auto down = is_down.get_future();
  std::thread thread([take_down = std::move(take_down), is_down = std::move(is_down)]() mutable {
    take_down();
    take_down = nullptr;
    is_down.set_value();
  });
  if (down.wait_for(limit) == std::future_status::ready) {
    thread.join();
  } else {
    thread.detach();
  }
}

}  // namespace subtide
