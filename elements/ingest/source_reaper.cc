#include "elements/ingest/source_reaper.h"

#include <utility>

namespace subtide {
namespace {

constexpr std::chrono::seconds kLastPatience{5};

}  // namespace

bool SourceReaper::Done::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, patience, [this] { return is_done; });
}

SourceReaper::~SourceReaper() {
  for (Job& job : jobs_) {
    if (job.done->wait(kLastPatience)) {
      job.thread.join();
    } else {
      job.thread.detach();
    }
  }
}

bool SourceReaper::run(std::function<void()> end, std::chrono::milliseconds patience) {
  collect();
  auto done = std::make_shared<Done>();
  std::thread thread([end = std::move(end), done]() mutable {
    end();
    end = nullptr;  // with what it holds
    const std::lock_guard lock(done->mutex);
    done->is_done = true;
    done->changed.notify_all();
  });
  jobs_.push_back({std::move(thread), done});
  const bool is_done = done->wait(patience);
  collect();
  return is_done;
}

void SourceReaper::collect() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (!job->done->wait(std::chrono::milliseconds(0))) {
      ++job;
      continue;
    }
    job->thread.join();
    job = jobs_.erase(job);
  }
}

}  // namespace subtide
