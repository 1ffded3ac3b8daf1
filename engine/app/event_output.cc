#include "engine/app/event_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <random>
#include <utility>

#include "engine/app/run_log.h"
#include "engine/base/log.h"

namespace subtide {
namespace {

/// What waits for room on the disk: some 10 MB of facts.
constexpr std::size_t kMostHeld = 20'000;
constexpr std::chrono::milliseconds kRetryPause(1000);

std::string random_name() {
  std::random_device device;
  return fmt::format("{:08x}", device());
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string host = name.data();
  std::ranges::replace(host, '/', '_');
  return host.empty() ? "localhost" : host;
}

}  // namespace

EventOutput::EventOutput(Mode mode)
    : run_(random_name()),
      mode_(mode),
      source_(host_name(), "subtitle", run_),
      work_source_(host_name(), "work", run_) {}

EventOutput::~EventOutput() { detach(); }

bool EventOutput::is_on() const {
  const std::lock_guard lock(mutex_);
  return mode_ == Mode::kJsonLines || thread_.joinable();
}

void EventOutput::emit(std::string_view job, EventBody body) {
  emit(EventSubject::job(job), std::move(body));
}

void EventOutput::emit_of_run(EventBody body) { emit(EventSubject::node(run_), std::move(body)); }

void EventOutput::emit(EventSubject subject, EventBody body) {
  if (!is_on()) return;
  const bool is_fact = class_of(body) == EventClass::kFact;
  LogRow row = make_row(source_, std::move(subject), std::move(body));
  const std::lock_guard lock(mutex_);
  print(row.json);
  queue(std::move(row), is_fact);
}

Status EventOutput::emit_kept(std::string_view job, EventBody body) {
  if (!is_on()) return ok();
  LogRow row = make_row(source_, EventSubject::job(job), std::move(body));
  const std::string json = row.json;
  std::unique_lock lock(mutex_);
  queue(std::move(row), true);
  Status kept = ok();
  if (thread_.joinable()) {
    tried_more_.wait(lock, [this, mine = queued_] { return tried_ >= mine; });
    kept = kept_;
  }
  print(json);
  return kept;
}

LogRow EventOutput::row_of(EventSubject subject, EventBody body) {
  return make_row(work_source_, std::move(subject), std::move(body));
}

LogRow EventOutput::make_row(EventSource& source, EventSubject subject, EventBody body) {
  const std::lock_guard lock(mutex_);
  return to_log_row(source.make(std::move(subject), std::move(body)));
}

void EventOutput::announce(std::span<const LogRow> kept) {
  const std::lock_guard lock(mutex_);
  for (const LogRow& row : kept) {
    print(row.json);
    queue(row, false);
  }
}

void EventOutput::print(const std::string& json) {
  if (mode_ != Mode::kJsonLines) return;
  const std::string line = json + "\n";
  const bool is_written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
  if (!is_written || std::fflush(stdout) != 0) mode_ = Mode::kSilent;
}

void EventOutput::queue(LogRow row, bool is_to_keep) {
  if (!thread_.joinable()) return;
  waiting_.push_back({std::move(row), is_to_keep});
  ++queued_;
  changed_.notify_one();
}

void EventOutput::attach(std::shared_ptr<RunStore> log, EventPublisher publisher) {
  const std::lock_guard lock(mutex_);
  log_ = std::move(log);
  publisher_ = std::make_unique<EventPublisher>(std::move(publisher));
  thread_ = std::jthread([this](const std::stop_token& stop) { write_on(stop); });
}

void EventOutput::detach() {
  std::jthread thread;
  {
    const std::lock_guard lock(mutex_);
    thread.swap(thread_);
  }
  if (!thread.joinable()) return;
  thread.request_stop();
  thread.join();
  log_.reset();
  publisher_.reset();
}

void EventOutput::write_on(const std::stop_token& stop) {
  while (true) {
    std::vector<Waiting> some;
    {
      std::unique_lock lock(mutex_);
      const auto has_some = [this] { return !waiting_.empty(); };
      if (held_.empty()) {
        changed_.wait(lock, stop, has_some);
      } else {
        changed_.wait_for(lock, stop, kRetryPause, has_some);
      }
      some.assign(std::make_move_iterator(waiting_.begin()),
                  std::make_move_iterator(waiting_.end()));
      waiting_.clear();
    }
    if (some.empty() && stop.stop_requested()) break;
    const std::size_t count = some.size();
    take(std::move(some));
    Status kept = keep_and_announce();
    const std::lock_guard lock(mutex_);
    tried_ += count;
    kept_ = std::move(kept);
    tried_more_.notify_all();
  }
  if (!held_.empty() && !keep_and_announce()) {
    log_warning("{} events are not kept", held_.size());
  }
}

/// Facts wait for the log; the rest is announced at once. The bus may lose: whoever needs every
/// fact asks the log.
void EventOutput::take(std::vector<Waiting> some) {
  for (Waiting& each : some) {
    if (each.is_to_keep) {
      held_.push_back(std::move(each.row));
    } else {
      static_cast<void>(publisher_->publish(each.row.name, each.row.subject, each.row.json));
    }
  }
}

Status EventOutput::keep_and_announce() {
  if (held_.empty()) return ok();
  WorkBatch batch;
  batch.events = held_;
  if (const auto kept = log_->commit(batch); !kept) {
    hold_or_drop(kept.error());
    return kept.error();
  }
  for (const LogRow& row : std::exchange(held_, {})) {
    static_cast<void>(publisher_->publish(row.name, row.subject, row.json));
  }
  is_holding_ = false;
  return ok();
}

void EventOutput::hold_or_drop(const Error& error) {
  const bool may_still_be_kept = may_pass(error.code) && held_.size() <= kMostHeld;
  if (!is_holding_) log_warning("events are not kept: {}", error.message);
  is_holding_ = true;
  if (!may_still_be_kept) held_.clear();
}

std::string EventOutput::job_id(std::size_t number) const {
  return fmt::format("{}-{}", run_, number);
}

}  // namespace subtide
