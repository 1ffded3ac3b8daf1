// tidehlssink: video, sound and cues in, HLS in fragmented MP4 and WebVTT out. A skin over
// HlsPublisher.
#include "elements/hls_sink/gst_tide_hls_sink.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include "elements/hls_sink/hls_sink.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pads.h"

namespace subtide {
namespace {

GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE(
    "video_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS("video/x-h264, stream-format=(string)avc, alignment=(string)au; "
                    "video/x-h265, stream-format=(string)hvc1, alignment=(string)au"));
GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS("audio/mpeg, mpegversion=(int)4, stream-format=(string)raw, "
                    "framed=(boolean)true"));
GstStaticPadTemplate text_template = GST_STATIC_PAD_TEMPLATE(
    "text_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

using Properties = LockedSettings<TideHlsSink, HlsSettings, set_hls_property, get_hls_property>;

std::vector<PadPtr> pads_of(TideHlsSink* self) {
  std::vector<PadPtr> pads;
  GST_OBJECT_LOCK(self);
  for (GList* each = self->element.sinkpads; each != nullptr; each = each->next) {
    pads.push_back(own_object(GST_PAD_CAST(each->data)));
  }
  GST_OBJECT_UNLOCK(self);
  // Pads in the order in which they were asked for: the first video leads.
  return pads;
}

// ---- start, stop, end ----

void post_end_when_due(TideHlsSink* self) {
  {
    const std::lock_guard lock(self->lock);
    if (!self->is_end_due || !self->is_playing) return;
    self->is_end_due = false;
  }
  gst_element_post_message(&self->element, gst_message_new_eos(GST_OBJECT_CAST(self)));
}

/// The playlists of what is not live are written at the end, so they can wait for a language.
Status add_pad_to(HlsPublisher& publisher, HlsPad* pad, bool is_live) {
  const auto id =
      publisher.with([&](Presentation& shown) { return shown.add(rendition_of(pad, !is_live)); });
  if (!id) return id.error();
  pad->id = *id;
  pad->has_epoch = false;
  pad->asked_key.reset();
  gst_segment_init(&pad->segment, GST_FORMAT_TIME);
  return ok();
}

Status start(TideHlsSink* self) {
  HlsPublisherOptions options;
  {
    const std::lock_guard lock(self->lock);
    if (self->settings.segment < std::chrono::milliseconds(100)) {
      return make_error(ErrorCode::kInvalidArgument, "segment-duration: at least 100 ms");
    }
    auto presentation = to_presentation_options(self->settings);
    if (!presentation) return presentation.error();
    options.presentation = std::move(*presentation);
    self->has_no_wall_clock = options.presentation.type == PlaylistType::kVod;
    options.folder = self->settings.location;
    options.observer = self->observer;
    self->asks_for_key_frames = self->settings.asks_for_key_frames;
    self->segment = self->settings.segment;
    self->own_epoch.reset();
    self->is_end_due = false;
  }
  // Viewers of a live stream go on from memory; what is only a folder must be whole.
  const bool is_live = options.presentation.type != PlaylistType::kVod;
  options.on_error = [self, is_live](const Error& error) {
    is_live ? post_warning(&self->element, error) : post_error(&self->element, error);
  };
  options.on_end = [self] {
    {
      const std::lock_guard lock(self->lock);
      self->is_end_due = true;
    }
    post_end_when_due(self);
  };
  auto made = HlsPublisher::create(std::move(options));
  if (!made) return made.error();
  for (const PadPtr& pad : pads_of(self)) {
    if (auto added = add_pad_to(**made, to_hls_pad(pad.get()), is_live); !added) return added;
  }
  const std::lock_guard lock(self->lock);
  self->publisher = std::move(*made);
  return ok();
}

void stop(TideHlsSink* self) {
  std::shared_ptr<HlsPublisher> publisher;
  {
    const std::lock_guard lock(self->lock);
    publisher = std::exchange(self->publisher, nullptr);
  }
  for (const PadPtr& pad : pads_of(self)) to_hls_pad(pad.get())->id.reset();
}

void set_playing(TideHlsSink* self, bool is_playing) {
  const std::lock_guard lock(self->lock);
  self->is_playing = is_playing;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideHlsSink* self = to_hls_sink(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      const Status started = start(self);
      if (!started) {
        stop(self);
        post_error(element, started.error());
        return GST_STATE_CHANGE_FAILURE;
      }
    }
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(self, false);
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stop(self);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
      set_playing(self, true);
      post_end_when_due(self);
    }
    return result;
  });
}

// ---- queries and upstream events ----

gboolean element_query(GstElement* element, GstQuery* query) {
  return guard(element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
      return answer_latency(pads_of(to_hls_sink(element)), query);
    }
    return parent_class_of<GstElementClass>(element)->query(element, query);
  });
}

/// A sink passes seeks and the like up, by every pad.
gboolean send_event(GstElement* element, GstEvent* raw) {
  const EventPtr event(raw);
  return guard(element, FALSE,
               [&] { return push_upstream(pads_of(to_hls_sink(element)), event.get()); });
}

// ---- pads ----

struct PadKind {
  RenditionKind kind;
  const char* prefix;
  GstPadChainFunction chain;
};

PadKind kind_of(const GstPadTemplate* templ) {
  const std::string name = GST_PAD_TEMPLATE_NAME_TEMPLATE(templ);
  if (name.starts_with("video")) return {RenditionKind::kVideo, "video", chain_media};
  if (name.starts_with("audio")) return {RenditionKind::kAudio, "audio", chain_media};
  return {RenditionKind::kText, "text", chain_text};
}

GstPad* request_pad(GstElement* element, GstPadTemplate* templ, const gchar* name, const GstCaps*) {
  return guard(element, static_cast<GstPad*>(nullptr), [&]() -> GstPad* {
    TideHlsSink* self = to_hls_sink(element);
    const PadKind kind = kind_of(templ);
    guint number = 0;
    const std::string pattern = std::string(kind.prefix) + "_%u";
    {
      const std::lock_guard lock(self->lock);
      guint& count = self->pad_counts[static_cast<int>(kind.kind)];
      if (name == nullptr || sscanf(name, pattern.c_str(), &number) != 1) number = count;
      count = std::max(count, number + 1);
    }
    const std::string pad_name = std::string(kind.prefix) + "_" + std::to_string(number);
    GstPad* pad = GST_PAD_CAST(g_object_new(hls_pad_type(), "name", pad_name.c_str(), "direction",
                                            GST_PAD_SINK, "template", templ, nullptr));
    to_hls_pad(pad)->kind = kind.kind;
    gst_pad_set_chain_function(pad, kind.chain);
    gst_pad_set_event_function(pad, take_hls_event);
    if (const auto publisher = publisher_of(self)) {
      if (const auto added = add_pad_to(*publisher, to_hls_pad(pad), !self->has_no_wall_clock);
          !added) {
        post_error(element, added.error());
      }
    }
    gst_pad_set_active(pad, TRUE);
    gst_element_add_pad(element, pad);
    gst_child_proxy_child_added(GST_CHILD_PROXY(element), G_OBJECT(pad), pad_name.c_str());
    return pad;
  });
}

/// Nothing comes on it any more.
void release_pad(GstElement* element, GstPad* pad) {
  guard(element, [&] {
    gst_child_proxy_child_removed(GST_CHILD_PROXY(element), G_OBJECT(pad), GST_PAD_NAME(pad));
    gst_pad_set_active(pad, FALSE);
    HlsPad* own = to_hls_pad(pad);
    const auto publisher = publisher_of(to_hls_sink(element));
    if (publisher && own->id) {
      publisher->with([&](Presentation& shown) { shown.end(*own->id); });
    }
    gst_element_remove_pad(element, pad);
  });
}

GObject* child_by_index(GstChildProxy* proxy, guint index) {
  const std::vector<PadPtr> pads = pads_of(to_hls_sink(proxy));
  return index < pads.size() ? G_OBJECT(gst_object_ref(pads[index].get())) : nullptr;
}

guint child_count(GstChildProxy* proxy) {
  return static_cast<guint>(pads_of(to_hls_sink(proxy)).size());
}

void init_child_proxy(gpointer interface, gpointer) {
  static_cast<GstChildProxyInterface*>(interface)->get_child_by_index = child_by_index;
  static_cast<GstChildProxyInterface*>(interface)->get_children_count = child_count;
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideHlsSink* self = to_hls_sink(object);
  std::destroy_at(&self->publisher);
  std::destroy_at(&self->observer);
  std::destroy_at(&self->own_epoch);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideHlsSink* self = to_hls_sink(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) HlsSettings();
  new (&self->own_epoch) std::optional<Epoch>();
  new (&self->observer) std::shared_ptr<PublicationObserver>();
  new (&self->publisher) std::shared_ptr<HlsPublisher>();
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_hls_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  element_class->query = element_query;
  element_class->send_event = send_event;
  element_class->request_new_pad = request_pad;
  element_class->release_pad = release_pad;
  for (auto* each : {&video_template, &audio_template, &text_template}) {
    gst_element_class_add_static_pad_template_with_gtype(element_class, each, hls_pad_type());
  }
  gst_element_class_set_static_metadata(
      element_class, "HLS with captions", "Sink/Muxer",
      "Publishes video, sound and cues as HLS: fragmented MP4, WebVTT in each language, timed "
      "metadata",
      "The subtide authors");
}

}  // namespace

bool register_tidehlssink(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidehlssink";
  type.type_name = "TideHlsSink";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideHlsSink);
  type.instance_init = init_instance;
  type.interfaces = {{GST_TYPE_CHILD_PROXY, init_child_proxy}};
  return register_element_type(plugin, type, nullptr);
}

void observe_publication(GstElement* element, std::shared_ptr<PublicationObserver> observer) {
  TideHlsSink* self = to_hls_sink(element);
  const std::lock_guard lock(self->lock);
  self->observer = std::move(observer);
}

}  // namespace subtide
