#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// Takes a media file apart into its elementary streams, still encoded.
///
/// It puts a file source and the allowed demuxers into a bin. Each stream's pad is shown once, from
/// a streaming thread, before data flows on it; unless the listener links it, its buffers must be
/// dropped by the listener's own pad probe.
///
/// Owner:   the caller; must outlive the bin's last state above READY.
/// Threads: create() on one thread; the listener hears from streaming threads.
/// Errors:  create(): as sniff_format(), kUnsupported when there is no demuxer. Later ones arrive
/// as
///          messages on the bin's bus.
class Demuxer {
 public:
  struct Listener {
    std::function<void(GstPad*)> stream_added;
    std::function<void()> no_more_streams;
  };

  static Result<std::unique_ptr<Demuxer>> create(const MediaInput& input, GstBin* bin,
                                                 Listener listener);

  /// What people call the file's own format.
  std::string container() const { return container_; }
  /// Asks the demuxer: length, whether it can seek.
  bool query(GstQuery* query) const;

 private:
  Demuxer(GstBin* bin, Listener listener, std::string container);
  bool plug(GstPad* pad, const GstCaps* caps);
  void plug_wrapped(GstPad* pad, const GstCaps* caps);
  void refuse(const std::string& why);
  void adopt(GstElement* element);
  void pad_added(GstElement* element, GstPad* pad);
  static void on_pad_added(GstElement* element, GstPad* pad, gpointer self);
  static GstPadProbeReturn on_wrapped_event(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  static GstPadProbeReturn on_pulled(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  static void on_no_more_pads(GstElement* element, gpointer self);

  GstBin* bin_;
  std::atomic<GstElement*> innermost_ = nullptr;
  Listener listener_;
  std::string container_;
  std::atomic<MediaDuration::rep> movie_length_ = 0;  ///< what stretch_movie_length() found
};

/// The part of a stream id that names the stream inside its file.
std::string stream_name(GstPad* pad);

}  // namespace subtide
