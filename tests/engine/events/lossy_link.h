#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/engine/events/bus_bench.h"

namespace subtide::testing_support {

/// Stands between the bus and a subscriber and drops some of the frames, once told to.
class LossyLink {
 public:
  explicit LossyLink(const BusBench& bus)
      : in_(need(BusSocket::connect(BusSocket::Kind::kSubscribe, bus.endpoints.subscribe,
                                    std::nullopt, roomy()))),
        out_(need(BusSocket::listen(BusSocket::Kind::kPublish,
                                    need(ipc_endpoint(bus.folder / "bus", "lossy")), std::nullopt,
                                    roomy()))) {
    endpoints_ = bus.endpoints;
    endpoints_.subscribe = out_.endpoint();
    need_ok(in_.subscribe(""));
    thread_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
  }

  /// The bus as it is reached through the link.
  const BusEndpoints& endpoints() const { return endpoints_; }
  /// From now on so many of a hundred frames are dropped.
  void drop(int percent) { percent_ = percent; }
  int dropped() const { return dropped_; }
  /// Frames that came, dropped or not.
  int carried() const { return carried_; }

 private:
  static BusLimits roomy() {
    BusLimits limits;
    limits.high_water_mark = 100'000;
    return limits;
  }
  static void need_ok(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
  }
  void carry(const std::stop_token& stop) {
    std::mt19937 random(42);
    while (!stop.stop_requested()) {
      const auto message = in_.receive(milliseconds(20));
      if (!message || !*message) continue;
      ++carried_;
      const int percent = percent_;
      if (percent > 0 && static_cast<int>(random() % 100) < percent) {
        ++dropped_;
        continue;
      }
      EXPECT_TRUE(out_.send(**message));
    }
  }

  BusSocket in_;
  BusSocket out_;
  BusEndpoints endpoints_;
  std::atomic<int> percent_ = 0;
  std::atomic<int> dropped_ = 0;
  std::atomic<int> carried_ = 0;
  std::jthread thread_;
};

}  // namespace subtide::testing_support
