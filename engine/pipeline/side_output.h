#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/pipeline/side_pipeline.h"

namespace subtide {

enum class SideOutputState { kConnecting, kFlowing, kCongested, kRetrying, kFull, kFailed, kEnded };
/// "connecting", "ok", "congested", "retrying", "full", "failed", "ended".
std::string_view to_string(SideOutputState state);

struct SideOutputOptions : SideRoute {
  /// Comes on any thread. `target`: as shown; of a recording, the file that is meant. `detail` is
  /// one line for people.
  std::function<void(const std::string& target, SideOutputState, const std::string& detail)>
      on_state;
};

/// Sends a live stream to one more place, in a pipeline of its own behind bounded queues: one that
/// is slow, dead or full touches neither the main pipeline nor the other outputs.
///
/// A push target that fails is tried again, for ever; each time it begins with a key frame. After a
/// jam too, since what was dropped is whole groups of pictures. A recording whose disk is full ends
/// its file there, and goes on in another one when there is room: "talk-2.mp4" behind "talk.mp4". A
/// file that cannot be written for another reason fails for good. What was written until then can
/// be played.
///
/// Time:    the stream's own (PTS, which in a live session is engine time), so all outputs carry
///          the same times, and none counts how long a source let wait for itself.
/// Owner:   the caller. Destroy it before the main pipeline is gone.
/// Threads: one of its own, and GStreamer's.
/// Errors:  create(): kUnsupported when an element is missing. Later ones go to `on_state`.
class SideOutput {
 public:
  static Result<std::unique_ptr<SideOutput>> create(SideOutputOptions options);
  ~SideOutput();
  SideOutput(const SideOutput&) = delete;
  SideOutput& operator=(const SideOutput&) = delete;

  /// Before the main pipeline plays, or its first pictures are missed.
  void start();
  /// The main pipeline sent its EOS: waits until the file or connection is closed properly, `most`
  /// at most. False when it was not; at once when there is no connection to be closed.
  bool finish(std::chrono::milliseconds most);

  SideOutputState state() const;

 private:
  struct State;
  explicit SideOutput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
