#pragma once

#include <gst/gst.h>

#include <memory>

namespace subtide {

/// Gives back whatever GStreamer or GLib handed out, each kind in its own way.
struct GstRelease {
  void operator()(gchar* text) const { g_free(text); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(GstStructure* structure) const { gst_structure_free(structure); }
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstBufferList* list) const { gst_buffer_list_unref(list); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstQuery* query) const { gst_query_unref(query); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstTagList* tags) const { gst_tag_list_unref(tags); }
  void operator()(GstIterator* iterator) const { gst_iterator_free(iterator); }
  /// GstElement, GstPad, GstBus, GstPlugin and everything else that is a GstObject.
  template <typename T>
  void operator()(T* object) const {
    gst_object_unref(object);
  }
};

/// The one owner of one reference. `release()` where a GStreamer function takes ownership.
template <typename T>
using GstPtr = std::unique_ptr<T, GstRelease>;

using BufferPtr = GstPtr<GstBuffer>;
using CapsPtr = GstPtr<GstCaps>;
using ElementPtr = GstPtr<GstElement>;
using EventPtr = GstPtr<GstEvent>;
using ErrorPtr = GstPtr<GError>;
using MessagePtr = GstPtr<GstMessage>;
using PadPtr = GstPtr<GstPad>;
using QueryPtr = GstPtr<GstQuery>;
using StructurePtr = GstPtr<GstStructure>;
using TagListPtr = GstPtr<GstTagList>;
using TextPtr = GstPtr<gchar>;

/// Owns a reference that was given without one ("transfer none"); a floating one is sunk.
template <typename T>
GstPtr<T> own_object(T* object) {
  if (object != nullptr) gst_object_ref_sink(object);
  return GstPtr<T>(object);
}

/// The same for mini objects: buffers, caps, events, messages, …
template <typename T>
GstPtr<T> own_mini_object(T* object) {
  if (object != nullptr) gst_mini_object_ref(GST_MINI_OBJECT_CAST(object));
  return GstPtr<T>(object);
}

}  // namespace subtide
