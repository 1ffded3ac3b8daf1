#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace subtide {

/// Runs several pieces of work at once and gives the results back in the order of submission.
///
/// `submit()` waits while `capacity` pieces are unfinished or untaken, so memory is bounded and the
/// caller is slowed to the speed of the taker. Works for windows and sentences alike.
///
/// Owner:   the caller; the destructor stops.
/// Threads: starts `lanes` threads. One thread submits, another (or the same) takes; stop(),
/// flush()
///          from any.
/// Errors:  `Work` returns its own failures in Out and must not throw.
template <typename In, typename Out>
class OrderedLanes {
 public:
  using Work = std::function<Out(const In&, std::stop_token)>;

  OrderedLanes(int lanes, std::size_t capacity, Work work)
      : capacity_(capacity), work_(std::move(work)) {
    for (int i = 0; i < lanes; ++i) threads_.emplace_back([this] { run(); });
  }
  ~OrderedLanes() { stop(); }
  OrderedLanes(const OrderedLanes&) = delete;
  OrderedLanes& operator=(const OrderedLanes&) = delete;

  /// False when stopped or flushing: the piece was not taken.
  bool submit(In in) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || flushing_ || slots_.size() < capacity_; });
    if (stopped_ || flushing_) return false;
    slots_.push_back(std::make_shared<Slot>(std::move(in), stop_source_.get_token()));
    changed_.notify_all();
    return true;
  }

  /// No more will be submitted; take() ends after the last result.
  void finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }

  /// The next result in order of submission; waits for it. Nothing after finish() and the last
  /// result, after stop(), or while flushing.
  std::optional<Out> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return stopped_ || flushing_ ||
             (slots_.empty() ? finished_ : slots_.front()->out.has_value());
    });
    if (stopped_ || flushing_ || slots_.empty()) return std::nullopt;
    std::optional<Out> out = std::move(slots_.front()->out);
    slots_.pop_front();
    changed_.notify_all();
    return out;
  }

  /// Drops everything submitted and wakes every wait; work under way is asked to stop.
  void flush_start() {
    const std::lock_guard lock(mutex_);
    flushing_ = true;
    drop_all();
  }

  /// Takes work again.
  void flush_stop() {
    const std::lock_guard lock(mutex_);
    flushing_ = false;
    finished_ = false;
    changed_.notify_all();
  }

  /// As flush_start, for ever; joins the threads.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      drop_all();
    }
    threads_.clear();
  }

 private:
  struct Slot {
    Slot(In value, std::stop_token token) : in(std::move(value)), stop(std::move(token)) {}
    In in;
    std::stop_token stop;
    bool is_taken = false;
    std::optional<Out> out;
  };

  void drop_all() {
    slots_.clear();
    stop_source_.request_stop();
    stop_source_ = std::stop_source();
    changed_.notify_all();
  }

  std::shared_ptr<Slot> next_untaken() {
    for (const auto& slot : slots_) {
      if (!slot->is_taken) return slot;
    }
    return nullptr;
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      std::shared_ptr<Slot> slot;
      changed_.wait(lock, [&] { return stopped_ || (slot = next_untaken()) != nullptr; });
      if (stopped_) return;
      slot->is_taken = true;
      lock.unlock();
      Out out = work_(slot->in, slot->stop);
      lock.lock();
      slot->out = std::move(out);
      changed_.notify_all();
    }
  }

  const std::size_t capacity_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::stop_source stop_source_;
  bool finished_ = false;
  bool flushing_ = false;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace subtide
