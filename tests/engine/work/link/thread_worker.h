#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/work/link/mediator.h"
#include "engine/work/link/worker_link.h"

namespace subtide::testing_support {

/// How a worker of a test differs from the usual one.
struct ThreadWorkerOptions {
  int lanes = 1;
  std::chrono::milliseconds claim_pause{20};
  std::optional<CurveClient> keys = std::nullopt;
  std::chrono::milliseconds drain{0};  ///< given to work under way when it stops
};

inline ModelTraits fake_traits(const std::string& spec) {
  ModelTraits traits;
  traits.spec = spec;
  return traits;
}

/// A worker for "transcribe" in a thread of the test; stops when it goes.
class ThreadWorker {
 public:
  ThreadWorker(const std::string& endpoint, const std::string& name, LaneFunction work,
               const ThreadWorkerOptions& wanted = {})
      : ThreadWorker(endpoint, name,
                     std::make_shared<WorkerModels>(
                         StageModel{fake_traits("fake:"), {"fake:"}, std::move(work)}),
                     wanted) {}
  ThreadWorker(const std::string& endpoint, const std::string& name,
               std::shared_ptr<WorkerModels> models, const ThreadWorkerOptions& wanted = {}) {
    WorkerLinkOptions options;
    options.endpoint = endpoint;
    options.keys = wanted.keys;
    options.hello = {name, "transcribe", {"fake:"}, {}, wanted.lanes, 0, 0};
    options.claim_pause = wanted.claim_pause;
    options.drain = wanted.drain;
    link_ = WorkerLink::create(std::move(options), std::move(models)).value();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      const Status served = link_->run(stop);
      EXPECT_TRUE(served);
    });
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  std::unique_ptr<WorkerLink> link_;
  std::jthread thread_;
};

/// Does any lease.
inline Result<std::string> echo(const LaneWork& work) { return "did " + work.lease.payload; }

/// Work for such workers.
inline WorkRequest request_for(const std::string& payload) {
  WorkRequest made;
  made.job = "job";
  made.stage = "transcribe";
  made.model = "fake:";
  made.work_key = "key-" + payload;
  made.payload = payload;
  return made;
}

}  // namespace subtide::testing_support
