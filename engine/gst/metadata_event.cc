#include "engine/gst/metadata_event.h"

#include <utility>

namespace subtide {
namespace {

constexpr const char* kMetadata = "tide/metadata";
constexpr int kLastKind = static_cast<int>(PayloadKind::kKlv);

std::string text_field(const GstStructure* fields, const char* name) {
  const gchar* value = gst_structure_get_string(fields, name);
  return value != nullptr ? value : "";
}

std::vector<std::uint8_t> bytes_field(const GstStructure* fields, const char* name) {
  const GValue* value = gst_structure_get_value(fields, name);
  if (value == nullptr || !G_VALUE_HOLDS(value, G_TYPE_BYTES)) return {};
  gsize size = 0;
  auto* bytes = static_cast<GBytes*>(g_value_get_boxed(value));
  const auto* first = static_cast<const std::uint8_t*>(g_bytes_get_data(bytes, &size));
  return {first, first + size};
}

void set_bytes(GstStructure* fields, const char* name, const std::vector<std::uint8_t>& payload) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_BYTES);
  g_value_take_boxed(&value, g_bytes_new(payload.data(), payload.size()));
  gst_structure_take_value(fields, name, &value);
}

GstStructure* fields_of(const TimedMetadata& item) {
  GstStructure* fields = gst_structure_new(
      kMetadata, "id", G_TYPE_STRING, item.id.c_str(), "class", G_TYPE_STRING,
      item.class_name.c_str(), "at", G_TYPE_INT64, gint64{item.at.count()}, "kind", G_TYPE_INT,
      static_cast<int>(item.kind), "origin", G_TYPE_STRING, item.origin.c_str(), nullptr);
  if (item.duration) {
    gst_structure_set(fields, "duration", G_TYPE_INT64, gint64{item.duration->count()}, nullptr);
  }
  set_bytes(fields, "payload", item.payload);
  return fields;
}

std::optional<TimedMetadata> item_of(const GstStructure* fields) {
  if (fields == nullptr || !gst_structure_has_name(fields, kMetadata)) return std::nullopt;
  gint64 at = 0;
  gint64 duration = 0;
  gint kind = 0;
  if (!gst_structure_get_int64(fields, "at", &at) ||
      !gst_structure_get_int(fields, "kind", &kind) || kind < 0 || kind > kLastKind) {
    return std::nullopt;
  }
  TimedMetadata item;
  item.id = text_field(fields, "id");
  item.class_name = text_field(fields, "class");
  item.at = MediaTime(at);
  if (gst_structure_get_int64(fields, "duration", &duration)) {
    item.duration = MediaDuration(duration);
  }
  item.kind = static_cast<PayloadKind>(kind);
  item.payload = bytes_field(fields, "payload");
  item.origin = text_field(fields, "origin");
  return item;
}

}  // namespace

EventPtr make_event(const TimedMetadata& item) {
  return EventPtr(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, fields_of(item)));
}

std::optional<TimedMetadata> read_metadata(GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_DOWNSTREAM) return std::nullopt;
  return item_of(gst_event_get_structure(event));
}

void post_notice(GstElement* element, const MetadataPlaced& notice) {
  GstStructure* fields = fields_of(notice.item);
  gst_structure_set(fields, "asked", G_TYPE_INT64, gint64{notice.asked.count()}, nullptr);
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), fields));
}

std::optional<MetadataPlaced> read_metadata_placed(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return std::nullopt;
  const GstStructure* fields = gst_message_get_structure(message);
  auto item = item_of(fields);
  gint64 asked = 0;
  if (!item || !gst_structure_get_int64(fields, "asked", &asked)) return std::nullopt;
  return MetadataPlaced{std::move(*item), MediaTime(asked)};
}

}  // namespace subtide
