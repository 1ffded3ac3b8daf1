#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
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
/// caller is slowed to the speed of the taker. `post()` puts a result that needs no work into the
/// same order, without weight. Works for windows and sentences alike.
///
/// Owner:   the caller; the destructor stops. stop() waits until nobody is inside a call, so a
///          blocked submitter or taker never outlives the lanes; do not call it from `Work`.
/// Threads: starts `lanes` threads (at least one). Any thread submits and posts (the order is that
///          of the calls), one takes; stop() and the flush functions from any.
/// Errors:  `Work` returns its own failures in Out and must not throw.
template <typename In, typename Out>
class OrderedLanes {
 public:
  using Work = std::function<Out(const In&, std::stop_token)>;

  OrderedLanes(int lanes, std::size_t capacity, Work work)
      : capacity_(std::max<std::size_t>(capacity, 1)), work_(std::move(work)) {
    try {
      for (int i = 0; i < std::max(lanes, 1); ++i) threads_.emplace_back([this] { run(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~OrderedLanes() { stop(); }
  OrderedLanes(const OrderedLanes&) = delete;
  OrderedLanes& operator=(const OrderedLanes&) = delete;

  /// False when stopped or flushed, also while waiting: the piece was not taken.
  bool submit(In in) {
    std::unique_lock lock(mutex_);
    const Visit visit(*this);
    changed_.wait(lock, [&] { return is_over(visit) || weight_ < capacity_; });
    if (is_over(visit)) return false;
    ++weight_;
    slots_.push_back(std::make_shared<Slot>(std::move(in), stop_source_.get_token()));
    changed_.notify_all();
    return true;
  }

  /// Puts `out` after everything submitted so far; never waits. False when stopped or flushing.
  bool post(Out out) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || flushing_) return false;
    slots_.push_back(std::make_shared<Slot>(std::move(out)));
    changed_.notify_all();
    return true;
  }

  /// Puts `out` before the first piece that is not finished: what waits for no work, overtakes it.
  /// Never waits. False when stopped or flushing.
  bool post_early(Out out) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || flushing_) return false;
    const auto unfinished =
        std::ranges::find_if(slots_, [](const auto& slot) { return !slot->out.has_value(); });
    slots_.insert(unfinished, std::make_shared<Slot>(std::move(out)));
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
  /// result, after stop(), or when flushed, also while waiting.
  std::optional<Out> take() {
    std::unique_lock lock(mutex_);
    const Visit visit(*this);
    changed_.wait(lock, [&] {
      return is_over(visit) || (slots_.empty() ? finished_ : slots_.front()->out.has_value());
    });
    if (is_over(visit) || slots_.empty()) return std::nullopt;
    const std::shared_ptr<Slot> slot = std::move(slots_.front());
    slots_.pop_front();
    if (slot->in) --weight_;
    changed_.notify_all();
    return std::move(slot->out);
  }

  /// Drops everything submitted and wakes every wait; work under way is asked to stop.
  void flush_start() { drop_all(flushing_); }

  /// Takes work again.
  void flush_stop() {
    const std::lock_guard lock(mutex_);
    flushing_ = false;
    finished_ = false;
    changed_.notify_all();
  }

  /// As flush_start, for ever; waits until every call has returned and joins the threads.
  void stop() {
    drop_all(stopped_);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return visitors_ == 0; });
    }
    const std::lock_guard joining(join_mutex_);
    threads_.clear();
  }

 private:
  struct Slot {
    Slot(In value, std::stop_token token) : in(std::move(value)), stop(std::move(token)) {}
    explicit Slot(Out value) : is_taken(true), out(std::move(value)) {}
    std::optional<In> in;  ///< empty for a posted result
    std::stop_token stop;
    bool is_taken = false;
    std::optional<Out> out;
  };

  /// A call that may wait. It ends with the flush that happens meanwhile, even a short one.
  struct Visit {
    explicit Visit(OrderedLanes& owner) : lanes(owner), flush_count(owner.flush_count_) {
      ++lanes.visitors_;
    }
    ~Visit() {
      if (--lanes.visitors_ == 0 && lanes.stopped_) lanes.changed_.notify_all();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    OrderedLanes& lanes;
    const std::uint64_t flush_count;
  };

  bool is_over(const Visit& visit) const {
    return stopped_ || flushing_ || visit.flush_count != flush_count_;
  }

  // Stop callbacks run outside the lock, and so do the destructors of what is dropped: both may be
  // foreign code.
  void drop_all(bool& reason) {
    std::deque<std::shared_ptr<Slot>> dropped;
    std::stop_source source;
    {
      const std::lock_guard lock(mutex_);
      reason = true;
      ++flush_count_;
      weight_ = 0;
      for (const auto& slot : slots_) slot->is_taken = true;
      dropped.swap(slots_);
      std::swap(source, stop_source_);
      changed_.notify_all();
    }
    source.request_stop();
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
      Out out = work_(*slot->in, slot->stop);
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
  std::size_t weight_ = 0;  ///< submitted pieces not yet taken back
  std::stop_source stop_source_;
  std::uint64_t flush_count_ = 0;
  int visitors_ = 0;
  bool finished_ = false;
  bool flushing_ = false;
  bool stopped_ = false;
  std::mutex join_mutex_;
  std::vector<std::jthread> threads_;
};

}  // namespace subtide
