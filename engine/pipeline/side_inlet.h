#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// A queue and a proxysink behind `tee`, in the same bin, for one output: it has one proxysrc at a
/// time, so two outputs of one tap would take each other's stream. Null: GStreamer's proxy plug-in
/// is missing.
ElementPtr make_tap(GstElement* tee);

/// A stream that goes to a side output: `tap` is a proxysink of the main pipeline, for this output
/// alone.
struct SideOutputStream {
  enum class Kind { kVideo, kAudio, kText };
  Kind kind = Kind::kVideo;
  GstElement* tap = nullptr;
  std::string language;  ///< of a text; may be empty
};

/// One stream's way into the pipeline of a side output: a queue that drops its oldest when it is
/// full, and what stands before the muxer.
///
/// After such a drop pictures begin again with a key frame.
///
/// Time:    the stream's own: what the main pipeline added for its source's late begin is taken off
///          and told to `on_base`.
/// Owner:   the pipeline's owner; outlives the pipeline.
/// Threads: any; the listeners are called on streaming threads.
/// Errors:  create(): kUnsupported, an element is missing; link_to(): kUnsupported.
class SideInlet {
 public:
  struct Listeners {
    std::function<void(GstClockTime base)> on_base;
    std::function<void(GstBuffer*)> on_buffer;  ///< goes into the muxer next
    std::function<void()> on_overrun;
  };
  static Result<std::unique_ptr<SideInlet>> create(const SideOutputStream& stream,
                                                   MediaDuration queue, Listeners listeners);
  SideInlet(const SideInlet&) = delete;
  SideInlet& operator=(const SideInlet&) = delete;

  /// Both in `bin`.
  Status link_to(GstBin* bin, GstElement* mux, const std::string& shown);
  /// Takes what comes out of the tap from now on; its pipeline is not below PAUSED.
  void connect();
  void disconnect();

  /// It flows, and hardly anything waits.
  bool is_at_ease() const;

 private:
  SideInlet(SideOutputStream stream, Listeners listeners);
  static GstPadProbeReturn on_segment(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static void on_overrun(GstElement* queue, gpointer self);

  const SideOutputStream stream_;
  const Listeners listeners_;
  ElementPtr source_;  ///< proxysrc
  ElementPtr queue_;   ///< inside of it
  ElementPtr parser_;
  std::atomic<bool> needs_key_frame_ = true;
};

}  // namespace subtide
