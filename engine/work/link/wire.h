#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/work/task.h"

namespace subtide::wire {

/// What workers and the mediator say to each other, over ROUTER (mediator) and DEALER (worker).
/// A message is two frames: its kind, and its fields as JSON. Results of workers are untrusted:
/// reading is strict, and a message that does not read is dropped with a line in the log.

// ---- from a worker ----

/// First of all, and again when another model takes over or the mediator asked who it is.
struct Hello {
  std::string worker;              ///< unique: "<host>-<pid>"
  std::string stage;               ///< "transcribe", "translate"
  std::vector<std::string> names;  ///< of models that it serves; see served_names()
  ModelTraits traits;              ///< of the model that does the work; no spec: none is loaded
  int lanes = 1;                   ///< tasks it takes at once
  std::int64_t pid = 0;
  std::uint64_t boot = 0;  ///< random: another one under the same name is another process
};
/// Once a second, whatever it does.
struct Beat {
  std::int64_t resident_bytes = 0;
  int busy = 0;
  bool is_loading = false;  ///< it has no model yet
};
/// What became of a model of its.
struct ModelNews {
  enum class What { kLoading, kLoaded, kUnloaded, kFailed };
  What what = What::kLoading;
  MadeBy model;              ///< while it is loading, or was not loaded, only as asked for
  std::int64_t took_ms = 0;  ///< to load
  std::int64_t bytes = 0;    ///< that the process grew by
  Error error;               ///< of a failed one
  std::string reason;        ///< of an unloaded one: "replaced", "ordered"
};
/// It has room: give me up to `count` tasks.
struct Claim {
  int count = 1;
};
/// Still at it; the token changes with every step of real progress.
struct Renewal {
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::uint64_t progress = 0;
};
struct Answer {
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::string result;  ///< JSON
  MadeBy model;        ///< that it was made by
};
struct Failure {
  TaskId task = 0;
  std::uint32_t generation = 0;
  Error error;
};
/// A lease it will not work on: it is about to leave.
struct Return {
  TaskId task = 0;
  std::uint32_t generation = 0;
};
/// It takes no more leases.
struct Draining {};
struct Leaving {};

// ---- from the mediator ----

struct Offer {
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::string stage;
  std::string payload;  ///< JSON
};
/// There is work: claim it. Only a hint; workers also ask on their own.
struct Announcement {
  int count = 0;
};
/// I do not know you: say hello again.
struct HelloWanted {};
/// Finish what you have, then leave.
struct DrainOrder {};
/// Somebody else has this task now; stop working on it where you can.
struct Revocation {
  TaskId task = 0;
  std::uint32_t generation = 0;
};

using Message =
    std::variant<Hello, Beat, ModelNews, Claim, Renewal, Answer, Failure, Return, Draining, Leaving,
                 Offer, Announcement, HelloWanted, DrainOrder, Revocation>;

struct Frames {
  std::string kind;
  std::string body;  ///< JSON
};

Frames to_frames(const Message& message);

/// Errors: kBadInput, naming the kind and the field.
Result<Message> from_frames(std::string_view kind, std::string_view body);

}  // namespace subtide::wire
