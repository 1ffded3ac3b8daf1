#include "engine/gst/text_note.h"

#include <string>

namespace subtide {
namespace {

constexpr const char* kName = "tide/text-note";

std::string text_field(const GstStructure* structure, const char* name) {
  const gchar* value = gst_structure_get_string(structure, name);
  return value != nullptr ? value : "";
}

MediaTime time_field(const GstStructure* structure, const char* name) {
  gint64 value = 0;
  gst_structure_get_int64(structure, name, &value);
  return MediaTime(value);
}

}  // namespace

void post_text_note(GstElement* element, const TextNote& note) {
  GstStructure* structure = gst_structure_new(
      kName, "transform", G_TYPE_STRING, note.transform.c_str(), "reason", G_TYPE_STRING,
      note.reason.c_str(), "start", G_TYPE_INT64, gint64{note.span.begin.count()}, "end",
      G_TYPE_INT64, gint64{note.span.end.count()}, "text", G_TYPE_STRING, note.text.c_str(),
      nullptr);
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), structure));
}

std::optional<TextNote> read_text_note(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return std::nullopt;
  const GstStructure* structure = gst_message_get_structure(message);
  if (structure == nullptr || !gst_structure_has_name(structure, kName)) return std::nullopt;
  return TextNote{text_field(structure, "transform"),
                  text_field(structure, "reason"),
                  {time_field(structure, "start"), time_field(structure, "end")},
                  text_field(structure, "text")};
}

}  // namespace subtide
