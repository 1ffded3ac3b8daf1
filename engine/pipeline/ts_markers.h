#pragma once

#include <gst/gst.h>

#include <mutex>

#include "engine/metadata/ts_id3_filter.h"

namespace subtide {

/// Brings timed metadata into an MPEG-TS as ID3: what rides on the buffers that go into an
/// `mpegtsmux` comes out of it as packets of a stream that the muxer knows nothing of.
///
/// Time:    of the items: stream time, which in the muxer's pipeline is the running time that it
///          counts from.
/// Owner:   the muxer's owner; outlives the muxer.
/// Threads: any.
/// Errors:  an item that does not fit into a packet is left out; a line in the log names it.
class TsMarkers {
 public:
  TsMarkers() = default;
  TsMarkers(const TsMarkers&) = delete;
  TsMarkers& operator=(const TsMarkers&) = delete;

  /// The muxer gets this buffer next.
  void take(GstBuffer* buffer);
  /// Before data flows; one muxer.
  void stand_behind(GstElement* mux);

 private:
  GstPadProbeReturn change_data(GstPadProbeInfo* info);
  void finish(GstPad* pad);
  static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  std::mutex mutex_;
  TsId3Filter filter_;  ///< guarded by mutex_
};

}  // namespace subtide
