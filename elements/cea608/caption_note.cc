#include "elements/cea608/caption_note.h"

#include <array>
#include <string>
#include <string_view>

namespace subtide {
namespace {

constexpr const char* kName = "tide/caption-note";

// In the order of Cea608Note::Kind.
constexpr std::array<const char*, 4> kKinds = {"unspelled", "wrapped", "split", "late"};

std::string text_field(const GstStructure* structure, const char* name) {
  const gchar* value = gst_structure_get_string(structure, name);
  return value != nullptr ? value : "";
}

MediaTime time_field(const GstStructure* structure, const char* name) {
  gint64 value = 0;
  gst_structure_get_int64(structure, name, &value);
  return MediaTime(value);
}

std::size_t count_field(const GstStructure* structure, const char* name) {
  guint64 value = 0;
  gst_structure_get_uint64(structure, name, &value);
  return value;
}

std::optional<Cea608Note::Kind> kind_of(std::string_view name) {
  for (std::size_t at = 0; at < kKinds.size(); ++at) {
    if (kKinds[at] == name) return static_cast<Cea608Note::Kind>(at);
  }
  return std::nullopt;
}

}  // namespace

void post_caption_note(GstElement* element, const Cea608Note& note) {
  GstStructure* structure = gst_structure_new(
      kName, "kind", G_TYPE_STRING, kKinds[static_cast<std::size_t>(note.kind)], "cue",
      G_TYPE_STRING, note.cue_id.c_str(), "start", G_TYPE_INT64, gint64{note.span.begin.count()},
      "end", G_TYPE_INT64, gint64{note.span.end.count()}, "line", G_TYPE_UINT64, guint64{note.line},
      "position", G_TYPE_UINT64, guint64{note.position}, "text", G_TYPE_STRING, note.text.c_str(),
      "instead", G_TYPE_STRING, note.instead.c_str(), "late", G_TYPE_INT64,
      gint64{note.late.count()}, nullptr);
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), structure));
}

std::optional<Cea608Note> read_caption_note(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return std::nullopt;
  const GstStructure* structure = gst_message_get_structure(message);
  if (structure == nullptr || !gst_structure_has_name(structure, kName)) return std::nullopt;
  const auto kind = kind_of(text_field(structure, "kind"));
  if (!kind) return std::nullopt;
  Cea608Note note;
  note.kind = *kind;
  note.cue_id = text_field(structure, "cue");
  note.span = {time_field(structure, "start"), time_field(structure, "end")};
  note.line = count_field(structure, "line");
  note.position = count_field(structure, "position");
  note.text = text_field(structure, "text");
  note.instead = text_field(structure, "instead");
  note.late = time_field(structure, "late");
  return note;
}

}  // namespace subtide
