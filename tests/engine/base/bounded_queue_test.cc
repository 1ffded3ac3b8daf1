#include "engine/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace subtide {
namespace {

TEST(BoundedQueue, GivesItemsBackInOrder) {
  BoundedQueue<int> queue(3);
  queue.push(1);
  queue.push(2);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, HandsOutWhatItHoldsAfterClosing) {
  BoundedQueue<int> queue(2);
  queue.push(7);
  queue.close();
  EXPECT_FALSE(queue.push(8));
  EXPECT_EQ(queue.pop(), 7);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, ClosingWakesAWaitingTaker) {
  BoundedQueue<int> queue(1);
  std::optional<int> taken = 1;
  std::jthread taker([&] { taken = queue.pop(); });
  queue.close();
  taker.join();
  EXPECT_EQ(taken, std::nullopt);
}

TEST(BoundedQueue, NeverHoldsMoreThanItsCapacity) {
  BoundedQueue<int> queue(4);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::jthread giver([&] {
    for (int i = 0; i < 1000; ++i) {
      queue.push(i);
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
    }
    queue.close();
  });
  std::vector<int> taken;
  while (const auto item = queue.pop()) {
    --inside;
    taken.push_back(*item);
  }
  giver.join();
  ASSERT_EQ(taken.size(), 1000U);
  EXPECT_EQ(taken.back(), 999);
  EXPECT_LE(most, 5);  // one more than the capacity: counted after the push
}

TEST(BoundedQueue, CarriesItemsThatOnlyMove) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  queue.push(std::make_unique<int>(5));
  EXPECT_EQ(**queue.pop(), 5);
}

}  // namespace
}  // namespace subtide
