#include "engine/gst/notices.h"

#include <string_view>

namespace subtide {
namespace {

constexpr const char* kSpeechStart = "tide/speech-start";
constexpr const char* kSpeechEnd = "tide/speech-end";
constexpr const char* kGap = "tide/gap";
constexpr const char* kModelPrefix = "tide/model-";
constexpr const char* kStatistics = "tide/statistics";
constexpr const char* kDetail = "detail";
constexpr const char* kSidecarWritten = "tide/sidecar-written";

/// What the fields of a structure are read from; remembers whether one was missing.
class FieldReader {
 public:
  explicit FieldReader(const GstStructure* structure) : structure_(structure) {}

  MediaTime time(const char* name) {
    gint64 value = 0;
    if (!gst_structure_get_int64(structure_, name, &value)) is_complete_ = false;
    return MediaTime(value);
  }
  std::string text(const char* name) {
    const gchar* value = gst_structure_get_string(structure_, name);
    if (value == nullptr) is_complete_ = false;
    return value == nullptr ? std::string() : std::string(value);
  }
  std::uint64_t number(const char* name) {
    guint64 value = 0;
    if (!gst_structure_get_uint64(structure_, name, &value)) is_complete_ = false;
    return value;
  }
  bool is_complete() const { return is_complete_; }

 private:
  const GstStructure* structure_;
  bool is_complete_ = true;
};

gint64 raw(MediaTime time) { return time.count(); }

GstStructure* to_structure(const SpeechStart& notice) {
  return gst_structure_new(kSpeechStart, "start", G_TYPE_INT64, raw(notice.start), nullptr);
}

GstStructure* to_structure(const SpeechSegment& notice) {
  return gst_structure_new(kSpeechEnd, "start", G_TYPE_INT64, raw(notice.span.begin), "end",
                           G_TYPE_INT64, raw(notice.span.end), "reason", G_TYPE_STRING,
                           std::string(to_string(notice.close)).c_str(), nullptr);
}

GstStructure* to_structure(const Gap& notice) {
  return gst_structure_new(kGap, "start", G_TYPE_INT64, raw(notice.span.begin), "end", G_TYPE_INT64,
                           raw(notice.span.end), "reason", G_TYPE_STRING, notice.reason.c_str(),
                           nullptr);
}

GstStructure* to_structure(const LoadedModel& notice) {
  return gst_structure_new((kModelPrefix + notice.role).c_str(), "role", G_TYPE_STRING,
                           notice.role.c_str(), "spec", G_TYPE_STRING, notice.spec.c_str(),
                           "detail", G_TYPE_STRING, notice.detail.c_str(), nullptr);
}

GstStructure* to_structure(const SidecarWritten& notice) {
  return gst_structure_new(kSidecarWritten, "path", G_TYPE_STRING, notice.path.c_str(), "format",
                           G_TYPE_STRING, notice.format.c_str(), "language", G_TYPE_STRING,
                           notice.language.c_str(), "cues", G_TYPE_UINT64, guint64{notice.cues},
                           nullptr);
}

GstStructure* to_structure(const Statistics& notice) {
  return gst_structure_new(kStatistics, "role", G_TYPE_STRING, notice.role.c_str(), "audio",
                           G_TYPE_INT64, raw(notice.audio), "speech", G_TYPE_INT64,
                           raw(notice.speech), "windows", G_TYPE_UINT64, guint64{notice.windows},
                           "failed-windows", G_TYPE_UINT64, guint64{notice.failed_windows},
                           "inference", G_TYPE_INT64, raw(notice.inference), nullptr);
}

bool has_name(const GstStructure* structure, const char* name) {
  return structure != nullptr && gst_structure_has_name(structure, name);
}

std::optional<SpeechStart> parse_speech_start(const GstStructure* structure) {
  if (!has_name(structure, kSpeechStart)) return std::nullopt;
  FieldReader fields(structure);
  const SpeechStart notice{fields.time("start")};
  return fields.is_complete() ? std::optional(notice) : std::nullopt;
}

std::optional<SegmentClose> parse_close(std::string_view text) {
  for (const auto close :
       {SegmentClose::kSilence, SegmentClose::kMaximumLength, SegmentClose::kEnd}) {
    if (to_string(close) == text) return close;
  }
  return std::nullopt;
}

std::optional<SpeechSegment> parse_speech_end(const GstStructure* structure) {
  if (!has_name(structure, kSpeechEnd)) return std::nullopt;
  FieldReader fields(structure);
  const TimeSpan span{fields.time("start"), fields.time("end")};
  const auto close = parse_close(fields.text("reason"));
  if (!fields.is_complete() || !close) return std::nullopt;
  return SpeechSegment{span, *close};
}

std::optional<Gap> parse_gap(const GstStructure* structure) {
  if (!has_name(structure, kGap)) return std::nullopt;
  FieldReader fields(structure);
  const Gap notice{{fields.time("start"), fields.time("end")}, fields.text("reason")};
  return fields.is_complete() ? std::optional(notice) : std::nullopt;
}

std::optional<LoadedModel> parse_loaded_model(const GstStructure* structure) {
  if (structure == nullptr) return std::nullopt;
  const std::string_view name = gst_structure_get_name(structure);
  if (!name.starts_with(kModelPrefix)) return std::nullopt;
  FieldReader fields(structure);
  const LoadedModel notice{fields.text("role"), fields.text("spec"), fields.text("detail")};
  return fields.is_complete() ? std::optional(notice) : std::nullopt;
}

std::optional<SidecarWritten> parse_sidecar_written(const GstStructure* structure) {
  if (!has_name(structure, kSidecarWritten)) return std::nullopt;
  FieldReader fields(structure);
  const SidecarWritten notice{fields.text("path"), fields.text("format"), fields.text("language"),
                              fields.number("cues")};
  return fields.is_complete() ? std::optional(notice) : std::nullopt;
}

std::optional<Statistics> parse_statistics(const GstStructure* structure) {
  if (!has_name(structure, kStatistics)) return std::nullopt;
  FieldReader fields(structure);
  const Statistics notice{fields.text("role"),
                          fields.time("audio"),
                          fields.time("speech"),
                          fields.number("windows"),
                          fields.number("failed-windows"),
                          fields.time("inference")};
  return fields.is_complete() ? std::optional(notice) : std::nullopt;
}

template <typename Notice>
EventPtr custom_event(GstEventType type, const Notice& notice) {
  return EventPtr(gst_event_new_custom(type, to_structure(notice)));
}

template <typename Notice>
void post(GstElement* element, const Notice& notice) {
  gst_element_post_message(element,
                           gst_message_new_element(GST_OBJECT_CAST(element), to_structure(notice)));
}

const GstStructure* body_of(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return nullptr;
  return gst_message_get_structure(message);
}

}  // namespace

EventPtr make_event(const SpeechStart& notice) {
  return custom_event(GST_EVENT_CUSTOM_DOWNSTREAM, notice);
}
EventPtr make_event(const SpeechSegment& notice) {
  return custom_event(GST_EVENT_CUSTOM_DOWNSTREAM, notice);
}
EventPtr make_event(const Gap& notice) { return custom_event(GST_EVENT_CUSTOM_DOWNSTREAM, notice); }
EventPtr make_event(const LoadedModel& notice) {
  return custom_event(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, notice);
}

std::optional<SpeechStart> read_speech_start(GstEvent* event) {
  return parse_speech_start(gst_event_get_structure(event));
}
std::optional<SpeechSegment> read_speech_end(GstEvent* event) {
  return parse_speech_end(gst_event_get_structure(event));
}
std::optional<Gap> read_gap_notice(GstEvent* event) {
  return parse_gap(gst_event_get_structure(event));
}
std::optional<LoadedModel> read_loaded_model(GstEvent* event) {
  return parse_loaded_model(gst_event_get_structure(event));
}

void post_notice(GstElement* element, const SpeechStart& notice) { post(element, notice); }
void post_notice(GstElement* element, const SpeechSegment& notice) { post(element, notice); }
void post_notice(GstElement* element, const Gap& notice) { post(element, notice); }
void post_notice(GstElement* element, const LoadedModel& notice) { post(element, notice); }
void post_notice(GstElement* element, const SidecarWritten& notice) { post(element, notice); }
void post_notice(GstElement* element, const Statistics& notice) { post(element, notice); }
void post_notice(GstElement* element, const Gap& notice, const std::string& detail) {
  GstStructure* structure = to_structure(notice);
  gst_structure_set(structure, kDetail, G_TYPE_STRING, detail.c_str(), nullptr);
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), structure));
}

std::optional<SpeechStart> read_speech_start(GstMessage* message) {
  return parse_speech_start(body_of(message));
}
std::optional<SpeechSegment> read_speech_end(GstMessage* message) {
  return parse_speech_end(body_of(message));
}
std::optional<Gap> read_gap_notice(GstMessage* message) { return parse_gap(body_of(message)); }
std::optional<LoadedModel> read_loaded_model(GstMessage* message) {
  return parse_loaded_model(body_of(message));
}
std::optional<SidecarWritten> read_sidecar_written(GstMessage* message) {
  return parse_sidecar_written(body_of(message));
}

std::optional<Statistics> read_statistics(GstMessage* message) {
  return parse_statistics(body_of(message));
}
std::string read_gap_detail(GstMessage* message) {
  if (!read_gap_notice(message)) return {};
  const gchar* detail = gst_structure_get_string(body_of(message), kDetail);
  return detail == nullptr ? std::string() : std::string(detail);
}

}  // namespace subtide
