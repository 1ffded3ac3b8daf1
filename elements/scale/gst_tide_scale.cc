// tidescale: raw video in another size. A skin over PictureScaler.
#include "elements/scale/gst_tide_scale.h"

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

#include <atomic>
#include <new>
#include <optional>
#include <utility>

#include "elements/scale/lent_picture.h"
#include "elements/scale/picture_scaler.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kCaps = GST_VIDEO_CAPS_MAKE("{ I420, I420_10LE }");
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

struct TideScale {
  GstVideoFilter filter;
  std::optional<PictureScaler> scaler;  ///< streaming thread only; nothing: pictures pass
  std::optional<LentPicture> lent;      ///< streaming thread only; nothing: each has its own memory
  std::atomic<bool> lends;
};

TideScale* self_of(gpointer instance) { return static_cast<TideScale*>(instance); }
GstElement* element_of(gpointer instance) { return static_cast<GstElement*>(instance); }

// ---- the form ----

/// Only the size changes, and with it the shape of a pixel; so colours keep their description.
GstCaps* transform_caps(GstBaseTransform* base, GstPadDirection, GstCaps* caps, GstCaps* filter) {
  return guard(element_of(base), static_cast<GstCaps*>(nullptr), [&] {
    CapsPtr any(gst_caps_copy(caps));
    for (guint i = 0; i < gst_caps_get_size(any.get()); ++i) {
      gst_structure_set(gst_caps_get_structure(any.get(), i), "width", GST_TYPE_INT_RANGE, 1,
                        G_MAXINT, "height", GST_TYPE_INT_RANGE, 1, G_MAXINT, "pixel-aspect-ratio",
                        GST_TYPE_FRACTION_RANGE, 1, G_MAXINT, G_MAXINT, 1, nullptr);
    }
    if (filter == nullptr) return any.release();
    return gst_caps_intersect_full(filter, any.get(), GST_CAPS_INTERSECT_FIRST);
  });
}

/// What the other side leaves open stays as it is on this one.
GstCaps* fixate_caps(GstBaseTransform* base, GstPadDirection, GstCaps* known, GstCaps* open) {
  return guard(element_of(base), static_cast<GstCaps*>(nullptr), [&] {
    GstCaps* fixed = gst_caps_make_writable(gst_caps_truncate(open));
    GstStructure* fields = gst_caps_get_structure(fixed, 0);
    GstVideoInfo info;
    if (gst_video_info_from_caps(&info, known) != FALSE) {
      gst_structure_fixate_field_nearest_int(fields, "width", info.width);
      gst_structure_fixate_field_nearest_int(fields, "height", info.height);
      gst_structure_fixate_field_nearest_fraction(fields, "pixel-aspect-ratio", info.par_n,
                                                  info.par_d);
    }
    return gst_caps_fixate(fixed);
  });
}

PictureSize size_of(const GstVideoInfo& info) { return {info.width, info.height}; }

gboolean set_info(GstVideoFilter* filter, GstCaps*, GstVideoInfo* from, GstCaps*,
                  GstVideoInfo* into) {
  TideScale* self = self_of(filter);
  return guard(element_of(filter), FALSE, [&]() -> gboolean {
    self->scaler.reset();
    self->lent.reset();
    const bool is_same = size_of(*from) == size_of(*into);
    gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(filter), is_same ? TRUE : FALSE);
    if (is_same) return TRUE;
    const auto depth = GST_VIDEO_INFO_FORMAT(from) == GST_VIDEO_FORMAT_I420_10LE
                           ? SampleDepth::kTen
                           : SampleDepth::kEight;
    auto scaler = PictureScaler::create(size_of(*from), size_of(*into), depth);
    if (!scaler) {
      post_error(element_of(filter), scaler.error());
      return FALSE;
    }
    self->scaler = *std::move(scaler);
    if (self->lends) self->lent.emplace(*into, PictureScaler::kAlignment);
    return TRUE;
  });
}

/// Rows that begin where the filter is fastest.
void align_rows(GstQuery* query) {
  GstBufferPool* raw = nullptr;
  gst_query_parse_nth_allocation_pool(query, 0, &raw, nullptr, nullptr, nullptr);
  const GstPtr<GstBufferPool> pool(raw);
  if (!pool ||
      gst_buffer_pool_has_option(pool.get(), GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT) == FALSE)
    return;
  GstVideoAlignment alignment;
  gst_video_alignment_reset(&alignment);
  for (guint& stride : alignment.stride_align) stride = PictureScaler::kAlignment - 1;
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment(config, &alignment);
  gst_buffer_pool_set_config(pool.get(), config);
}

gboolean decide_allocation(GstBaseTransform* base, GstQuery* query) {
  return guard(element_of(base), FALSE, [&]() -> gboolean {
    auto* parent = parent_class_of<GstBaseTransformClass>(base);
    // Looked up first: the parent takes out what it does not know.
    const gboolean reads_rows =
        gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
    // A pool would be filled before its first picture.
    while (self_of(base)->lends && gst_query_get_n_allocation_pools(query) > 0) {
      gst_query_remove_nth_allocation_pool(query, 0);
    }
    if (parent->decide_allocation(base, query) == FALSE) return FALSE;
    if (reads_rows != FALSE && !self_of(base)->lends) align_rows(query);
    return TRUE;
  });
}

// ---- the streaming thread ----

GstFlowReturn prepare_output_buffer(GstBaseTransform* base, GstBuffer* from, GstBuffer** into) {
  TideScale* self = self_of(base);
  if (!self->lent) {
    return parent_class_of<GstBaseTransformClass>(base)->prepare_output_buffer(base, from, into);
  }
  return guard(element_of(base), GST_FLOW_ERROR, [&] {
    BufferPtr lent = self->lent->lend();
    GST_BASE_TRANSFORM_GET_CLASS(base)->copy_metadata(base, from, lent.get());
    *into = lent.release();
    return GST_FLOW_OK;
  });
}

GstFlowReturn transform_frame(GstVideoFilter* filter, GstVideoFrame* from, GstVideoFrame* into) {
  return guard(element_of(filter), GST_FLOW_ERROR, [&] {
    ReadPlanes read{};
    WritePlanes written{};
    for (guint i = 0; i < 3; ++i) {
      read.rows[i] = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(from, i));
      read.strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE(from, i);
      written.rows[i] = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(into, i));
      written.strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE(into, i);
    }
    self_of(filter)->scaler->scale(read, written);
    return GST_FLOW_OK;
  });
}

// ---- construction and registration ----

enum Property : guint { kLend = 1 };

void set_property(GObject* object, guint, const GValue* value, GParamSpec*) {
  self_of(object)->lends = g_value_get_boolean(value) != FALSE;
}

void get_property(GObject* object, guint, GValue* value, GParamSpec*) {
  g_value_set_boolean(value, self_of(object)->lends ? TRUE : FALSE);
}

void finalize(GObject* object) {
  std::destroy_at(&self_of(object)->scaler);
  std::destroy_at(&self_of(object)->lent);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  new (&self_of(instance)->scaler) std::optional<PictureScaler>();
  new (&self_of(instance)->lent) std::optional<LentPicture>();
  new (&self_of(instance)->lends) std::atomic<bool>(false);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  g_object_class_install_property(
      object_class, kLend,
      g_param_spec_boolean("lend", "Lend",
                           "All scaled pictures share one place in memory: only before an element "
                           "that reads each before it returns, such as a software encoder. Takes "
                           "effect with the next format",
                           FALSE,
                           static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                    GST_PARAM_MUTABLE_READY)));
  auto* base_class = static_cast<GstBaseTransformClass*>(raw_class);
  base_class->transform_caps = transform_caps;
  base_class->fixate_caps = fixate_caps;
  base_class->decide_allocation = decide_allocation;
  base_class->prepare_output_buffer = prepare_output_buffer;
  auto* filter_class = static_cast<GstVideoFilterClass*>(raw_class);
  filter_class->set_info = set_info;
  filter_class->transform_frame = transform_frame;
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Scale", "Filter/Converter/Video/Scaler",
                                        "Changes the size of pictures as ffmpeg does",
                                        "The subtide authors");
}

}  // namespace

bool register_tidescale(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidescale";
  type.type_name = "TideScale";
  type.parent = GST_TYPE_VIDEO_FILTER;
  type.class_size = sizeof(GstVideoFilterClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideScale);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
