#include "engine/gst/quality_notices.h"

#include <string>

namespace subtide {
namespace {

constexpr const char* kQuality = "tide/quality";
constexpr const char* kLoudness = "tide/loudness";

const GstStructure* fields_of(GstMessage* message, const char* name) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return nullptr;
  const GstStructure* fields = gst_message_get_structure(message);
  return fields != nullptr && gst_structure_has_name(fields, name) ? fields : nullptr;
}

void post(GstElement* element, GstStructure* fields) {
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), fields));
}

}  // namespace

void post_notice(GstElement* element, const QualityFinding& notice) {
  post(element, gst_structure_new(kQuality, "kind", G_TYPE_STRING,
                                  std::string(to_string(notice.kind)).c_str(), "start",
                                  G_TYPE_INT64, gint64{notice.span.begin.count()}, "end",
                                  G_TYPE_INT64, gint64{notice.span.end.count()}, "detail",
                                  G_TYPE_STRING, notice.detail.c_str(), nullptr));
}

std::optional<QualityFinding> read_quality_finding(GstMessage* message) {
  const GstStructure* fields = fields_of(message, kQuality);
  if (fields == nullptr) return std::nullopt;
  const gchar* name = gst_structure_get_string(fields, "kind");
  const gchar* detail = gst_structure_get_string(fields, "detail");
  gint64 start = 0;
  gint64 end = 0;
  if (name == nullptr || detail == nullptr || !gst_structure_get_int64(fields, "start", &start) ||
      !gst_structure_get_int64(fields, "end", &end)) {
    return std::nullopt;
  }
  const auto kind = parse_quality_kind(name);
  if (!kind) return std::nullopt;
  return QualityFinding{*kind, {MediaTime(start), MediaTime(end)}, detail};
}

void post_notice(GstElement* element, const Loudness& notice) {
  post(element, gst_structure_new(kLoudness, "integrated", G_TYPE_DOUBLE, notice.integrated,
                                  "range", G_TYPE_DOUBLE, notice.range, "true-peak", G_TYPE_DOUBLE,
                                  notice.true_peak, nullptr));
}

std::optional<Loudness> read_loudness(GstMessage* message) {
  const GstStructure* fields = fields_of(message, kLoudness);
  Loudness notice;
  if (fields == nullptr || !gst_structure_get_double(fields, "integrated", &notice.integrated) ||
      !gst_structure_get_double(fields, "range", &notice.range) ||
      !gst_structure_get_double(fields, "true-peak", &notice.true_peak)) {
    return std::nullopt;
  }
  return notice;
}

}  // namespace subtide
