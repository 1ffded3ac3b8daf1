// tidemeta: puts timed metadata, and captions that ride beside the video, onto access units. A skin
// over MetadataPlacer; MetaStream knows the buffers' times and bytes.
#include "elements/meta/gst_tide_meta.h"

#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elements/meta/meta_properties.h"
#include "elements/meta/meta_stream.h"
#include "engine/base/atomic_file.h"
#include "engine/gst/element_type.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/metadata_event.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/metadata_placer.h"

namespace subtide {
namespace {

constexpr const char* kFactory = "tidemeta";
constexpr std::size_t kLargestCueFile = 64 << 20;
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

struct TideMeta {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;                  ///< guards settings and placer
  MetaSettings settings;            ///< set from any thread
  MetadataPlacer placer;            ///< filled from any thread
  std::optional<MetaStream> state;  ///< from READY to READY; streaming thread only
};

TideMeta* self_of(gpointer instance) { return static_cast<TideMeta*>(instance); }

using Properties = LockedSettings<TideMeta, MetaSettings, set_meta_property, get_meta_property>;

// ---- items from outside ----

Status add(TideMeta* self, MetadataRequest request) {
  if (request.item.id.empty()) {
    return make_error(ErrorCode::kInvalidArgument, "tidemeta: an item without id; give it one");
  }
  const std::lock_guard lock(self->lock);
  self->placer.set_capacity(self->settings.max_waiting);
  return self->placer.add(std::move(request));
}

gboolean inject_signal(GstElement* element, const gchar* text, gpointer) {
  return guard(element, FALSE, [&]() -> gboolean {
    auto request = parse_metadata_request(text != nullptr ? text : "", "tidemeta: inject");
    if (!request) {
      post_warning(element, request.error());
      return FALSE;
    }
    request->item.origin = "signal";
    const Status added = add(self_of(element), std::move(*request));
    if (!added) post_warning(element, added.error());
    return added ? TRUE : FALSE;
  });
}

Status load_cue_file(TideMeta* self, const std::string& path) {
  if (path.empty()) return ok();
  const auto text = read_file(path, kLargestCueFile);
  if (!text) return text.error();
  auto requests = parse_cue_file(*text, path);
  if (!requests) return requests.error();
  for (MetadataRequest& request : *requests) {
    const Status added = add(self, std::move(request));
    if (!added) return added;
  }
  return ok();
}

// ---- state changes ----

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideMeta* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      const Status loaded = load_cue_file(self, Properties::snapshot(self).cue_file);
      if (!loaded) {
        post_error(element, loaded.error());
        return GST_STATE_CHANGE_FAILURE;
      }
      self->state.emplace();
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
      self->state.reset();
      const std::lock_guard lock(self->lock);
      self->placer.clear();
    }
    return result;
  });
}

// ---- the streaming thread ----

std::vector<PlacedMetadata> take_due(TideMeta* self, GstBuffer* buffer, TimeSpan shown) {
  const MediaTime decoded = self->state->decoded(buffer, shown.begin);
  std::vector<TimedMetadata> unresolved;
  std::vector<PlacedMetadata> placed;
  {
    const std::lock_guard lock(self->lock);
    placed = self->placer.take(shown, decoded, unresolved);
  }
  for (const TimedMetadata& item : unresolved) {
    post_warning(&self->element,
                 make_error(ErrorCode::kUnsupported,
                            "tidemeta: {} wants a wall-clock time, but the stream tells none; give "
                            "it media seconds",
                            item.id));
  }
  return placed;
}

/// Puts what is due onto the access unit and tells of it.
Result<BufferPtr> carry(TideMeta* self, BufferPtr buffer) {
  const MetaStream& stream = *self->state;
  const auto shown = stream.shown(buffer.get());
  const MetaSettings settings = Properties::snapshot(self);
  if (!shown || !stream.takes_items(buffer.get(), settings)) return buffer;
  const auto placed = take_due(self, buffer.get(), *shown);
  auto marked = stream.mark(std::move(buffer), placed, settings);
  if (!marked) return marked.error();
  for (const PlacedMetadata& one : placed) {
    post_notice(&self->element, MetadataPlaced{one.item, one.asked});
  }
  return marked;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideMeta* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    auto carried = carry(self, std::move(buffer));
    if (!carried) {
      post_error(&self->element, carried.error());
      return GST_FLOW_ERROR;
    }
    return gst_pad_push(self->src, carried->release());
  });
}

bool take_caps(TideMeta* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const Status taken = self->state->set_caps(caps, Properties::snapshot(self));
  if (!taken) post_error(&self->element, taken.error());
  return taken.has_value();
}

/// An item of the source itself is placed like any other.
void take_item(TideMeta* self, TimedMetadata item) {
  item.origin = "source";
  item.at = self->state->to_stream(item.at);
  const MarkerTime when{MarkerTime::Kind::kMedia, item.at, {}};
  const Status added = add(self, {when, std::move(item)});
  if (!added) post_warning(&self->element, added.error());
}

void tell_unplaced(TideMeta* self) {
  std::vector<TimedMetadata> items;
  {
    const std::lock_guard lock(self->lock);
    items = self->placer.take_all();
  }
  if (items.empty()) return;
  post_warning(&self->element,
               make_error(ErrorCode::kNotFound,
                          "tidemeta: the stream ended before the time of {} item(s), the first of "
                          "them {}",
                          items.size(), items.front().id));
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideMeta* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (!self->state) return gst_pad_event_default(pad, parent, event.release());
    if (auto item = read_metadata(event.get())) {
      take_item(self, std::move(*item));
      return TRUE;
    }
    if (const auto epoch = read_epoch(event.get())) {
      const std::lock_guard lock(self->lock);
      self->placer.set_epoch(*epoch);
    }
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_CAPS && !take_caps(self, event.get())) return FALSE;
    if (type == GST_EVENT_SEGMENT) self->state->set_segment(event.get());
    if (type == GST_EVENT_EOS) tell_unplaced(self);
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideMeta* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->placer);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideMeta* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) MetaSettings();
  new (&self->placer) MetadataPlacer(self->settings.max_waiting);
  new (&self->state) std::optional<MetaStream>();
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  GST_PAD_SET_PROXY_ALLOCATION(self->sink);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->src);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_meta_properties(object_class);
  g_signal_new_class_handler("inject", G_TYPE_FROM_CLASS(raw_class),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(inject_signal), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN,
                             1, G_TYPE_STRING);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Timed metadata", "Filter/Metadata",
                                        "Puts timed metadata and captions onto access units",
                                        "The subtide authors");
}

}  // namespace

Status inject_metadata(GstElement* element, MetadataRequest request) {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr || g_strcmp0(GST_OBJECT_NAME(factory), kFactory) != 0) {
    return make_error(ErrorCode::kInvalidArgument, "{} is no tidemeta element",
                      GST_OBJECT_NAME(element));
  }
  return add(self_of(element), std::move(request));
}

Status inject_metadata(GstElement* element, TimedMetadata item) {
  const MarkerTime when{MarkerTime::Kind::kMedia, item.at, {}};
  return inject_metadata(element, MetadataRequest{when, std::move(item)});
}

bool register_tidemeta(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = kFactory;
  type.type_name = "TideMeta";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideMeta);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
