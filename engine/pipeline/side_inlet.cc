#include "engine/pipeline/side_inlet.h"

#include <string_view>
#include <utility>

namespace subtide {
namespace {

constexpr MediaDuration kTapQueue = std::chrono::seconds(5);
constexpr MediaDuration kCleared = std::chrono::seconds(1);  ///< a queue this short is no jam

ElementPtr make(const char* factory) {
  return own_object(gst_element_factory_make(factory, nullptr));
}

/// What stands between a stream and the muxer.
const char* parser_of(SideOutputStream::Kind kind) {
  switch (kind) {
    case SideOutputStream::Kind::kVideo:
      return "h264parse";
    case SideOutputStream::Kind::kAudio:
      return "aacparse";
    case SideOutputStream::Kind::kText:
      return "capsfilter caps=text/x-raw,format=utf8 ! taginject name=language";
  }
  return "";
}

/// One element, or several as a bin with pads. Null: one of them is missing.
ElementPtr make_parser(const SideOutputStream& stream) {
  GError* failure = nullptr;
  ElementPtr made =
      own_object(gst_parse_bin_from_description(parser_of(stream.kind), TRUE, &failure));
  const ErrorPtr held(failure);
  if (held) return nullptr;
  if (const ElementPtr tags(gst_bin_get_by_name(GST_BIN(made.get()), "language"));
      tags && !stream.language.empty()) {
    g_object_set(tags.get(), "tags", ("language-code=" + stream.language).c_str(), nullptr);
  }
  return made;
}

/// The queue inside of a proxysrc.
ElementPtr inner_queue(GstElement* proxysrc) {
  const GstPtr<GstIterator> each(gst_bin_iterate_elements(GST_BIN(proxysrc)));
  ElementPtr found;
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(each.get(), &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    const auto* factory = gst_element_get_factory(element);
    if (factory != nullptr && std::string_view(GST_OBJECT_NAME(factory)) == "queue") {
      found = own_object(element);
    }
    g_value_unset(&item);
  }
  return found;
}

}  // namespace

ElementPtr make_tap(GstElement* tee) {
  const ElementPtr queue = make("queue");
  ElementPtr tap = make("proxysink");
  const ElementPtr bin(GST_ELEMENT(gst_object_get_parent(GST_OBJECT(tee))));
  if (!queue || !tap || !bin) return nullptr;
  g_object_set(queue.get(), "max-size-buffers", 0U, "max-size-bytes", 0U, "max-size-time",
               static_cast<guint64>(kTapQueue.count()), nullptr);
  gst_bin_add_many(GST_BIN(bin.get()), queue.get(), tap.get(), nullptr);
  gst_element_sync_state_with_parent(tap.get());
  gst_element_sync_state_with_parent(queue.get());
  if (!gst_element_link_many(tee, queue.get(), tap.get(), nullptr)) return nullptr;
  return tap;
}

SideInlet::SideInlet(SideOutputStream stream, Listeners listeners)
    : stream_(std::move(stream)), listeners_(std::move(listeners)) {}

Result<std::unique_ptr<SideInlet>> SideInlet::create(const SideOutputStream& stream,
                                                     MediaDuration queue, Listeners listeners) {
  std::unique_ptr<SideInlet> inlet(new SideInlet(stream, std::move(listeners)));
  inlet->source_ = make("proxysrc");
  inlet->parser_ = make_parser(stream);
  if (!inlet->source_ || !inlet->parser_) {
    return make_error(ErrorCode::kUnsupported, "GStreamer's proxy or parser plug-in is missing");
  }
  inlet->queue_ = inner_queue(inlet->source_.get());
  if (!inlet->queue_) return make_error(ErrorCode::kInternal, "proxysrc has no queue");
  g_object_set(inlet->queue_.get(), "max-size-time", static_cast<guint64>(queue.count()),
               "max-size-bytes", 0U, "max-size-buffers", 0U, nullptr);
  gst_util_set_object_arg(G_OBJECT(inlet->queue_.get()), "leaky", "downstream");
  g_signal_connect(inlet->queue_.get(), "overrun", G_CALLBACK(&SideInlet::on_overrun), inlet.get());
  const PadPtr src(gst_element_get_static_pad(inlet->source_.get(), "src"));
  gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_BUFFER, &SideInlet::on_buffer, inlet.get(),
                    nullptr);
  gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, &SideInlet::on_segment,
                    inlet.get(), nullptr);
  return inlet;
}

Status SideInlet::link_to(GstBin* bin, GstElement* mux, const std::string& shown) {
  gst_bin_add_many(bin, source_.get(), parser_.get(), nullptr);
  if (gst_element_link(source_.get(), parser_.get()) && gst_element_link(parser_.get(), mux)) {
    return ok();
  }
  return make_error(ErrorCode::kUnsupported, "{}: this kind of stream does not fit into it", shown);
}

/// A tap tells a source only what comes from now on, so caps and segment are copied first.
void SideInlet::connect() {
  const PadPtr queue_sink(gst_element_get_static_pad(queue_.get(), "sink"));
  const PadPtr inner(gst_pad_get_peer(queue_sink.get()));
  const PadPtr tap_sink(gst_element_get_static_pad(stream_.tap, "sink"));
  gst_pad_sticky_events_foreach(
      tap_sink.get(),
      [](GstPad*, GstEvent** event, gpointer target) -> gboolean {
        gst_pad_store_sticky_event(static_cast<GstPad*>(target), *event);
        return TRUE;
      },
      inner.get());
  g_object_set(source_.get(), "proxysink", stream_.tap, nullptr);
}

void SideInlet::disconnect() {
  g_object_set(source_.get(), "proxysink", nullptr, nullptr);
  g_signal_handlers_disconnect_by_data(queue_.get(), this);
}

bool SideInlet::is_at_ease() const {
  guint64 level = 0;
  g_object_get(queue_.get(), "current-level-time", &level, nullptr);
  return MediaDuration(static_cast<std::int64_t>(level)) < kCleared && !needs_key_frame_;
}

GstPadProbeReturn SideInlet::on_buffer(GstPad*, GstPadProbeInfo* info, gpointer raw) {
  auto* self = static_cast<SideInlet*>(raw);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  const bool is_delta = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  const bool is_video = self->stream_.kind == SideOutputStream::Kind::kVideo;
  if (self->needs_key_frame_ && is_video && is_delta) return GST_PAD_PROBE_DROP;
  self->needs_key_frame_ = false;
  self->listeners_.on_buffer(buffer);
  return GST_PAD_PROBE_OK;
}

/// The stream's own time is told, which does not count how long its source let wait for itself.
/// What the clock shows at each of its moments stays the same.
GstPadProbeReturn SideInlet::on_segment(GstPad*, GstPadProbeInfo* info, gpointer raw) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) return GST_PAD_PROBE_OK;
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  if (segment.format != GST_FORMAT_TIME) return GST_PAD_PROBE_OK;
  static_cast<SideInlet*>(raw)->listeners_.on_base(segment.base);
  segment.base = 0;
  GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_segment(&segment);
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

void SideInlet::on_overrun(GstElement*, gpointer raw) {
  auto* self = static_cast<SideInlet*>(raw);
  self->needs_key_frame_ = true;
  self->listeners_.on_overrun();
}

}  // namespace subtide
