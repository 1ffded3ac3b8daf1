// The pipeline around one connection: what leads from bytes to streams. source_branch.cc leads each
// stream on.
#include "elements/ingest/source_graph.h"

#include <utility>

#include "elements/ingest/source_branch.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"

namespace subtide {
namespace {

constexpr guint64 kMostBytesWaiting = 2U << 20U;
constexpr std::chrono::seconds kLastStream(1);  // streams may still come so long after the end

/// What looks at a transport stream's bytes before the demuxer does.
struct StreamWatch {
  std::shared_ptr<SourceGate> gate;
  TsHealth health;
};

GstPadProbeReturn watch_and_stamp(GstPad*, GstPadProbeInfo* item, gpointer raw) {
  auto* watch = static_cast<StreamWatch*>(raw);
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(item));
  GstMapInfo bytes;
  if (gst_buffer_map(buffer, &bytes, GST_MAP_READ) != FALSE) {
    watch->gate->pass_health(watch->health.add({bytes.data, bytes.size}));
    gst_buffer_unmap(buffer, &bytes);
  }
  GST_BUFFER_PTS(buffer) = TsClock::kInputTime;
  GST_BUFFER_DTS(buffer) = TsClock::kInputTime;
  GST_PAD_PROBE_INFO_DATA(item) = buffer;
  return GST_PAD_PROBE_OK;
}

CapsPtr caps_of(GstPad* pad) {
  CapsPtr caps(gst_pad_get_current_caps(pad));
  if (caps) return caps;
  caps.reset(gst_pad_query_caps(pad, nullptr));
  const bool says_something =
      caps && !gst_caps_is_any(caps.get()) && gst_caps_get_size(caps.get()) == 1;
  return says_something ? std::move(caps) : nullptr;
}

}  // namespace

SourceGraph::SourceGraph(std::shared_ptr<SourceGate> gate, bool decodes_audio)
    : gate_(std::move(gate)),
      decodes_audio_(decodes_audio),
      pipeline_(own_object(gst_pipeline_new("source"))),
      bus_(gst_element_get_bus(pipeline_.get())) {
  gst_bus_set_sync_handler(bus_.get(), on_message, this, nullptr);
}

SourceGraph::~SourceGraph() { gst_bus_set_sync_handler(bus_.get(), nullptr, nullptr, nullptr); }

GstElement* SourceGraph::add(const char* factory) {
  ElementPtr element = make_named(factory);
  if (!element) {
    fail(make_error(ErrorCode::kUnsupported,
                    "the GStreamer element {} is missing; install gstreamer1.0-plugins-good, -bad, "
                    "-ugly and gstreamer1.0-libav",
                    factory));
    return nullptr;
  }
  gst_bin_add(bin(), element.get());
  return element.get();
}

void SourceGraph::stamp_for_tsdemux(GstPad* pad) {
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, watch_and_stamp, new StreamWatch{gate_, {}},
                    [](gpointer watch) { delete static_cast<StreamWatch*>(watch); });
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_end_of_bytes, this, nullptr);
}

GstPadProbeReturn SourceGraph::on_end_of_bytes(GstPad*, GstPadProbeInfo* item, gpointer raw) {
  if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(item)) == GST_EVENT_EOS) {
    auto* self = static_cast<SourceGraph*>(raw);
    const std::lock_guard lock(self->mutex_);
    self->bytes_ended_ = std::chrono::steady_clock::now();
  }
  return GST_PAD_PROBE_OK;
}

GstPtr<GstAppSrc> SourceGraph::add_bytes(bool is_transport_stream) {
  GstElement* source = add("appsrc");
  if (source == nullptr) return nullptr;
  g_object_set(source, "block", TRUE, "max-bytes", kMostBytesWaiting, "format",
               is_transport_stream ? GST_FORMAT_TIME : GST_FORMAT_BYTES, nullptr);
  const PadPtr pad(gst_element_get_static_pad(source, "src"));
  if (is_transport_stream) {
    const CapsPtr caps(gst_caps_from_string("video/mpegts, systemstream=true, packetsize=188"));
    g_object_set(source, "is-live", TRUE, "caps", caps.get(), nullptr);
    stamp_for_tsdemux(pad.get());
    plug_known(pad.get(), caps.get());
  } else if (!find_type(source)) {
    return nullptr;
  }
  GstPtr<GstAppSrc> owned = own_object(GST_APP_SRC(source));
  gst_element_sync_state_with_parent(source);
  return owned;
}

Status SourceGraph::find_type(GstElement* source) {
  GstElement* finder = add("typefind");
  if (finder == nullptr) return make_error(ErrorCode::kUnsupported, "typefind is missing");
  g_signal_connect(finder, "have-type", G_CALLBACK(on_have_type), this);
  gst_element_link(source, finder);
  gst_element_sync_state_with_parent(finder);
  return ok();
}

bool SourceGraph::start() {
  return gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
}

void SourceGraph::stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

void SourceGraph::fail(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
  }
  interrupt();
}

void SourceGraph::interrupt() {
  gst_bus_post(bus_.get(), gst_message_new_application(GST_OBJECT_CAST(pipeline_.get()),
                                                       gst_structure_new_empty("wake")));
}

SourceGraph::Event SourceGraph::next_event(std::chrono::milliseconds timeout) {
  const auto kinds =
      static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS | GST_MESSAGE_APPLICATION);
  const MessagePtr message(gst_bus_timed_pop_filtered(
      bus_.get(), static_cast<GstClockTime>(timeout.count()) * GST_MSECOND, kinds));
  Event event;
  if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    event.failed = read_error(message.get());
  }
  event.has_ended = message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS;
  const std::lock_guard lock(mutex_);
  if (failure_) event.failed = std::exchange(failure_, std::nullopt);
  // tsdemux ends without a word when it found nothing, and without a stream no sink tells the end.
  const bool is_empty = bytes_ended_ && branches_.empty() &&
                        std::chrono::steady_clock::now() - *bytes_ended_ > kLastStream;
  if (is_empty && !event.failed) {
    event.failed = make_error(ErrorCode::kBadInput, "it holds no stream that can be read");
  }
  return event;
}

// On the thread that posts. Only ends and errors have a reader.
GstBusSyncReply SourceGraph::on_message(GstBus*, GstMessage* message, gpointer raw) {
  auto* self = static_cast<SourceGraph*>(raw);
  const GstMessageType type = GST_MESSAGE_TYPE(message);
  if (type == GST_MESSAGE_ELEMENT) {
    const std::lock_guard lock(self->mutex_);
    for (const auto& [demuxer, clock] : self->clocks_) {
      if (clock->take_message(message)) break;
    }
  }
  const bool is_read =
      (type == GST_MESSAGE_ERROR && !self->is_of_replaced(GST_MESSAGE_SRC(message))) ||
      type == GST_MESSAGE_EOS || type == GST_MESSAGE_APPLICATION;
  if (is_read) return GST_BUS_PASS;
  gst_message_unref(message);
  return GST_BUS_DROP;
}

void SourceGraph::plug(GstPad* pad) {
  if (const CapsPtr caps = caps_of(pad)) {
    plug_known(pad, caps.get());
  } else {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_caps, this, nullptr);
  }
}

GstPadProbeReturn SourceGraph::on_caps(GstPad* pad, GstPadProbeInfo* item, gpointer raw) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  static_cast<SourceGraph*>(raw)->plug_known(pad, caps);
  return GST_PAD_PROBE_REMOVE;
}

void SourceGraph::on_have_type(GstElement* element, guint, GstCaps* caps, gpointer raw) {
  auto* self = static_cast<SourceGraph*>(raw);
  guard(element, [&] {
    const PadPtr pad(gst_element_get_static_pad(element, "src"));
    if (find_container(caps) == nullptr && find_stream_format(caps) == nullptr) {
      const TextPtr name(gst_caps_to_string(caps));
      self->fail(make_error(ErrorCode::kUnsupported, "its format is not supported: {}",
                            std::string(name.get()).substr(0, 80)));
    }
    self->plug_known(pad.get(), caps);
  });
}

void SourceGraph::plug_known(GstPad* pad, const GstCaps* caps) {
  if (const char* container = find_container(caps)) {
    if (plug_demuxer(pad, container)) return;
  } else if (const char* packets = find_depayloader(caps)) {
    if (plug_demuxer(pad, packets)) return;
  } else if (const StreamFormat* format = find_stream_format(caps)) {
    plug_stream(pad, *format);
    return;
  }
  drop(pad);
}

bool SourceGraph::plug_demuxer(GstPad* pad, const char* factory) {
  GstElement* element = add(factory);
  if (element == nullptr) return false;
  if (std::string_view(factory) == "tsdemux") {
    const std::lock_guard lock(mutex_);
    clocks_.emplace(element, std::make_unique<TsClock>(element));
    g_object_set(element, "send-scte35-events", TRUE, nullptr);
    gate_->set_wraps();
  }
  const PadPtr sink(gst_element_get_static_pad(element, "sink"));
  if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
    gst_bin_remove(bin(), element);
    return false;
  }
  const PadPtr fixed(gst_element_get_static_pad(element, "src"));
  const bool is_packets = std::string_view(factory) == "rtpmp2tdepay";
  if (fixed && is_packets) stamp_for_tsdemux(fixed.get());
  if (fixed) {
    plug(fixed.get());
  } else {
    g_signal_connect(element, "pad-added", G_CALLBACK(on_pad_added), this);
    g_signal_connect(element, "pad-removed", G_CALLBACK(on_pad_removed), this);
  }
  gst_element_sync_state_with_parent(element);
  return true;
}

void SourceGraph::drop(GstPad* pad) {
  GstElement* sink = add("fakesink");
  if (sink == nullptr) return;
  g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
  const PadPtr target(gst_element_get_static_pad(sink, "sink"));
  gst_pad_link(pad, target.get());
  gst_element_sync_state_with_parent(sink);
}

void SourceGraph::on_pad_added(GstElement* element, GstPad* pad, gpointer self) {
  if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  guard(element, [&] { static_cast<SourceGraph*>(self)->plug(pad); });
}

}  // namespace subtide
