#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/faults/run_record.h"

namespace subtide {

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Of at least one value; 100: the largest.
inline double percentile(std::vector<double> values, int percent) {
  std::ranges::sort(values);
  const std::size_t last = values.size() - 1;
  return values[last * static_cast<std::size_t>(percent) / 100];
}

/// What the log of a run tells of tasks, leases and workers.
class WorkStory {
 public:
  struct Kill {
    pid_t pid = 0;
    std::int64_t time = 0;
  };

  explicit WorkStory(RunRecord run) : run_(std::move(run)) {}

  int count(std::string_view name) const { return count_after(name, 0); }
  int count_after(std::string_view name, std::int64_t time) const {
    return static_cast<int>(std::ranges::count_if(
        run_.events, [&](const auto& event) { return event.name == name && event.time > time; }));
  }

  /// Seconds from the first event to the last.
  double length() const {
    return seconds_between(run_.events.front().time, run_.events.back().time);
  }

  /// That field of all events of that name, as JSON.
  std::vector<std::string> values(std::string_view name, const std::string& field) const {
    std::vector<std::string> values;
    for (const auto& event : run_.events) {
      if (event.name == name) values.push_back(event.data.at(field).dump());
    }
    return values;
  }

  /// From the kill of a worker until its task is somebody else's; nothing when it had none.
  std::optional<double> recovery(const Kill& kill) const {
    const std::string worker = worker_of(kill);
    std::map<std::int64_t, std::string> holders;
    std::optional<std::int64_t> lost;
    for (const auto& event : run_.events) {
      if (event.name == "task.leased") {
        if (lost == task_of(event)) return seconds_between(kill.time, event.time);
        holders[task_of(event)] = event.data.at("worker");
      } else if (event.name == "lease.expired" && event.time > kill.time && !lost &&
                 holders[task_of(event)] == worker) {
        lost = task_of(event);
      } else if (event.name == "task.completed" || event.name == "task.failed") {
        holders.erase(task_of(event));
      } else if (event.name == "worker.registered" && event.time > kill.time && !lost &&
                 event.data.at("worker") == worker) {
        return std::nullopt;  // its successor: it had no task
      }
    }
    return std::nullopt;
  }

  /// For each lease that ended for that reason, how long it lasted.
  std::vector<double> ended_leases(std::string_view reason) const {
    std::map<std::int64_t, std::int64_t> begun;
    std::vector<double> lengths;
    for (const auto& event : run_.events) {
      if (event.name == "task.leased") begun[task_of(event)] = event.time;
      if (event.name == "lease.expired" && event.data.at("reason") == reason) {
        lengths.push_back(seconds_between(begun[task_of(event)], event.time));
      }
    }
    return lengths;
  }

 private:
  static std::int64_t task_of(const RunRecord::Event& event) { return event.data.at("task"); }
  static double seconds_between(std::int64_t from, std::int64_t to) {
    return static_cast<double>(to - from) / 1e9;
  }
  /// Empty when it had not said who it is.
  std::string worker_of(const Kill& kill) const {
    std::string worker;
    for (const auto& event : run_.events) {
      const bool is_it = event.name == "worker.registered" && event.time < kill.time &&
                         event.data.at("pid") == kill.pid;
      if (is_it) worker = event.data.at("worker");
    }
    return worker;
  }

  const RunRecord run_;
};

}  // namespace subtide
