#pragma once

#include <gst/gst.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/side_target.h"

namespace subtide {

/// A queue and a proxysink behind `tee`, in the same bin, for one output: it has one proxysrc at a
/// time, so two outputs of one tap would take each other's stream. Null: GStreamer's proxy plug-in
/// is missing.
ElementPtr make_tap(GstElement* tee);

/// A stream that goes there: `tap` is a proxysink of the main pipeline, for this output alone.
struct SideOutputStream {
  enum class Kind { kVideo, kAudio, kText };
  Kind kind = Kind::kVideo;
  GstElement* tap = nullptr;
  std::string language;  ///< of a text; may be empty
};

enum class SideOutputState { kConnecting, kFlowing, kCongested, kRetrying, kFailed, kEnded };
/// "connecting", "ok", "congested", "retrying", "failed", "ended".
std::string_view to_string(SideOutputState state);

struct SideOutputOptions {
  SideOutputTarget target;
  std::vector<SideOutputStream> streams;
  MediaDuration queue = std::chrono::seconds(10);  ///< then the oldest is dropped
  MediaDuration text_lead{0};   ///< texts come so long before their pictures, and wait for them
  GstPipeline* main = nullptr;  ///< whose clock it goes by; outlives it
  /// Comes on any thread; `detail` is one line for people.
  std::function<void(SideOutputState, const std::string& detail)> on_state;
};

/// Sends a live stream to one more place, in a pipeline of its own behind bounded queues: one that
/// is slow, dead or full touches neither the main pipeline nor the other outputs.
///
/// A push target that fails is tried again, for ever; each time it begins with a key frame. After a
/// jam too, since what was dropped is whole groups of pictures. A file that cannot be written any
/// more fails for good; what was written until then can be played.
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
