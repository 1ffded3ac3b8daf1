#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// A fixed number of working places, each made when it is first needed and used by one call at a
/// time.
///
/// Owner:   the caller; outlives its loans.
/// Threads: borrow() from any; it waits while all places are taken.
/// Errors:  kUnavailable when asked to stop while waiting; those of `make`, which is tried again
///          next time.
template <typename T>
class LanePool {
 public:
  using Make = std::function<Result<std::unique_ptr<T>>()>;

  LanePool(int lanes, Make make) : unmade_(lanes > 0 ? lanes : 1), make_(std::move(make)) {}
  LanePool(const LanePool&) = delete;
  LanePool& operator=(const LanePool&) = delete;

  /// One place, given back when the object goes.
  class Loan {
   public:
    Loan(LanePool* pool, std::unique_ptr<T> lane) : pool_(pool), lane_(std::move(lane)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (lane_) pool_->give_back(std::move(lane_));
    }
    T& operator*() const { return *lane_; }
    T* operator->() const { return lane_.get(); }

   private:
    LanePool* pool_;
    std::unique_ptr<T> lane_;
  };

  Result<Loan> borrow(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool is_free =
        changed_.wait(lock, stop, [this] { return !free_.empty() || unmade_ > 0; });
    if (!is_free) return make_error(ErrorCode::kUnavailable, "stopped");
    if (!free_.empty()) {
      std::unique_ptr<T> lane = std::move(free_.back());
      free_.pop_back();
      return Loan(this, std::move(lane));
    }
    --unmade_;
    lock.unlock();
    Result<std::unique_ptr<T>> made = make_();
    if (made) return Loan(this, std::move(*made));
    lock.lock();
    ++unmade_;
    changed_.notify_one();
    return std::move(made.error());
  }

 private:
  void give_back(std::unique_ptr<T> lane) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(lane));
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<T>> free_;
  int unmade_;
  const Make make_;
};

}  // namespace subtide
