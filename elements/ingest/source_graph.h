#pragma once

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "elements/ingest/format_table.h"
#include "elements/ingest/source_gate.h"
#include "elements/ingest/ts_clock.h"
#include "engine/base/result.h"

namespace subtide {

/// Takes a connection's bytes or packets apart into parsed streams, and the sound also into
/// samples, in a pipeline of its own, apart from the application's.
///
/// Every element is one of the format table, by name; none chooses others by itself.
///
/// Time:    the streams' own stamps: a transport stream's 33 bits, otherwise what the demuxer says.
/// Owner:   the source; stop() may hang with an element and is called on a thread for that.
/// Threads: built on the owner's thread, grows on streaming threads.
/// Errors:  fail() and the pipeline's own errors are taken by next_event().
class SourceGraph {
 public:
  SourceGraph(std::shared_ptr<SourceGate> gate, bool decodes_audio);
  ~SourceGraph();
  SourceGraph(const SourceGraph&) = delete;
  SourceGraph& operator=(const SourceGraph&) = delete;

  GstBin* bin() const { return GST_BIN(pipeline_.get()); }
  const std::shared_ptr<SourceGate>& gate() const { return gate_; }

  /// Adds an element of that name; null when it is not installed.
  GstElement* add(const char* factory);
  /// Goes on from `pad` by its caps, now or when they are known.
  void plug(GstPad* pad);
  /// The same where `caps` are known beforehand.
  void plug_as(GstPad* pad, const GstCaps* caps) { plug_known(pad, caps); }
  /// Goes on from an element by what its bytes are. Errors: kUnsupported.
  Status find_type(GstElement* source);
  /// The pad's buffers are a live transport stream's bytes.
  void stamp_for_tsdemux(GstPad* pad);
  /// A source for bytes that are pushed; what they are is found by content, unless it is known to
  /// be a transport stream.
  GstPtr<GstAppSrc> add_bytes(bool is_transport_stream);

  bool start();
  void stop();
  /// From any thread: the source cannot go on.
  void fail(Error error);
  /// Wakes next_event().
  void interrupt();

  struct Event {
    std::optional<Error> failed;
    bool has_ended = false;
  };
  /// Waits for an end or a failure, at most `timeout`.
  Event next_event(std::chrono::milliseconds timeout);

 private:
  struct Branch;  ///< one stream on its way out
  struct Tap;     ///< an appsink and what it stands for

  static void on_pad_added(GstElement* element, GstPad* pad, gpointer self);
  static void on_pad_removed(GstElement* element, GstPad* pad, gpointer self);
  static void on_have_type(GstElement* element, guint probability, GstCaps* caps, gpointer self);
  static GstPadProbeReturn on_end_of_bytes(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  static GstPadProbeReturn on_caps(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  static GstBusSyncReply on_message(GstBus* bus, GstMessage* message, gpointer self);
  void plug_known(GstPad* pad, const GstCaps* caps);
  bool plug_demuxer(GstPad* pad, const char* factory);
  void plug_stream(GstPad* pad, const StreamFormat& format);
  static bool take_splice(const Branch& branch, GstEvent* event);
  void drop(GstPad* pad);
  GstPad* lengthen(Branch& branch, GstPad* from, const char* factory, const char* caps = nullptr);
  void split(Branch& branch, GstPad* from, const StreamFormat& format);
  void decode(Branch& branch, GstPad* from, const StreamFormat& format);
  void add_tap(Branch& branch, GstPad* from, PortKind kind);
  bool is_of_replaced(GstObject* element);
  TsClock* clock_of(GstPad* pad);
  unsigned free_index(TimelineKind kind, const TsClock* clock, const std::string& program) const;

  std::shared_ptr<SourceGate> gate_;
  const bool decodes_audio_;
  ElementPtr pipeline_;
  GstPtr<GstBus> bus_;
  std::mutex mutex_;
  std::list<std::unique_ptr<Branch>> branches_;
  std::map<GstElement*, std::unique_ptr<TsClock>> clocks_;
  std::optional<Error> failure_;
  std::optional<std::chrono::steady_clock::time_point> bytes_ended_;  ///< of a transport stream
};

}  // namespace subtide
