#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// A moment on the engine's own steady clock, counted from the start of the process. Wall clocks
/// may step; leases, deadlines and back-off never look at them.
using WorkTime = std::chrono::nanoseconds;
using WorkDuration = std::chrono::nanoseconds;

using TaskId = std::uint64_t;  ///< unique in its run, counts from 1

enum class TaskState { kReady, kLeased, kRetryWait, kDone, kSkipped, kDead };
enum class JobState {
  kAccepted,
  kQueued,
  kRunning,
  kFinalizing,
  kCompleted,
  kCompletedDegraded,
  kFailed,
  kCancelling,
  kCancelled
};

std::string_view to_string(TaskState state);
std::string_view to_string(JobState state);
/// Nothing happens to it any more.
bool is_terminal(TaskState state);
bool is_terminal(JobState state);

/// Live work goes before batch work.
enum class Urgency { kLive, kBatch };

/// A unit of model work: one window to transcribe, one batch of sentences to translate.
struct Task {
  TaskId id = 0;
  std::string job;
  std::string stage;       ///< "transcribe", "translate"
  std::string model;       ///< spec that a worker must have loaded: "whisper:base.en"
  std::string effect_key;  ///< what the result is kept under; see effect_key.h
  std::string payload;     ///< the request as JSON; large parts by the key of a blob
  TimeSpan span;           ///< of the media it speaks of
  Urgency urgency = Urgency::kBatch;
  WorkTime deadline = WorkTime::max();  ///< after it the result is of no use
};

/// Where a task stands; what the store keeps besides the task itself.
struct TaskProgress {
  TaskState state = TaskState::kReady;
  std::uint32_t generation = 0;  ///< counts leases; a result of an older one is fenced
  int attempts = 0;              ///< counted when leased
  std::string worker;            ///< who has, or had, the lease
  WorkTime until{0};             ///< the lease's end, or the moment of the next try
  std::string reason;            ///< why it is waiting, skipped or dead
};

}  // namespace subtide
