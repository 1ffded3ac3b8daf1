#include "engine/gst/metadata_meta.h"

#include <memory>
#include <new>

namespace subtide {
namespace {

struct MetadataMeta {
  GstMeta meta;
  std::vector<TimedMetadata> items;
};

GType metadata_meta_api() {
  static const GType type = [] {
    static const gchar* no_tags[] = {nullptr};
    return gst_meta_api_type_register("TideMetadataMetaAPI", no_tags);
  }();
  return type;
}

gboolean init_meta(GstMeta* meta, gpointer, GstBuffer*) {
  new (&reinterpret_cast<MetadataMeta*>(meta)->items) std::vector<TimedMetadata>();
  return TRUE;
}

void free_meta(GstMeta* meta, GstBuffer*) {
  std::destroy_at(&reinterpret_cast<MetadataMeta*>(meta)->items);
}

gboolean transform_meta(GstBuffer* to, GstMeta* meta, GstBuffer*, GQuark type, gpointer) {
  if (!GST_META_TRANSFORM_IS_COPY(type)) return FALSE;
  attach_metadata(to, reinterpret_cast<MetadataMeta*>(meta)->items);
  return TRUE;
}

const GstMetaInfo* metadata_meta_info() {
  static const GstMetaInfo* info =
      gst_meta_register(metadata_meta_api(), "TideMetadataMeta", sizeof(MetadataMeta), init_meta,
                        free_meta, transform_meta);
  return info;
}

MetadataMeta* find_meta(GstBuffer* buffer) {
  return reinterpret_cast<MetadataMeta*>(gst_buffer_get_meta(buffer, metadata_meta_api()));
}

}  // namespace

void attach_metadata(GstBuffer* buffer, std::span<const TimedMetadata> items) {
  MetadataMeta* meta = find_meta(buffer);
  if (meta == nullptr) {
    meta =
        reinterpret_cast<MetadataMeta*>(gst_buffer_add_meta(buffer, metadata_meta_info(), nullptr));
  }
  meta->items.insert(meta->items.end(), items.begin(), items.end());
}

std::vector<TimedMetadata> metadata_of(GstBuffer* buffer) {
  const MetadataMeta* meta = find_meta(buffer);
  return meta != nullptr ? meta->items : std::vector<TimedMetadata>();
}

}  // namespace subtide
