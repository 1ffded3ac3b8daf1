#include "engine/gst/ingest_notices.h"

#include <array>
#include <utility>

#include "engine/gst/epoch_event.h"
#include "engine/gst/metadata_event.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr std::array<std::pair<IngestChange, const char*>, 5> kIngestNames{{
    {IngestChange::kOpened, "tide/ingest-opened"},
    {IngestChange::kLost, "tide/ingest-lost"},
    {IngestChange::kRetrying, "tide/ingest-retrying"},
    {IngestChange::kRestored, "tide/ingest-restored"},
    {IngestChange::kEnded, "tide/ingest-ended"},
}};
constexpr std::array<std::pair<SoundChange, const char*>, 3> kSoundNames{{
    {SoundChange::kMissing, "tide/audio-missing"},
    {SoundChange::kSilent, "tide/audio-silent"},
    {SoundChange::kRestored, "tide/audio-restored"},
}};
constexpr const char* kDamaged = "tide/ingest-damaged";
constexpr const char* kFormatChanged = "tide/format-changed";
constexpr const char* kMetadata = "tide/source-metadata";

template <typename Change, std::size_t Size>
const char* name_of(const std::array<std::pair<Change, const char*>, Size>& names, Change change) {
  for (const auto& [each, name] : names) {
    if (each == change) return name;
  }
  return "";
}

template <typename Change, std::size_t Size>
std::optional<Change> change_of(const std::array<std::pair<Change, const char*>, Size>& names,
                                const GstStructure* fields) {
  if (fields == nullptr) return std::nullopt;
  for (const auto& [change, name] : names) {
    if (gst_structure_has_name(fields, name)) return change;
  }
  return std::nullopt;
}

const GstStructure* body_of(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return nullptr;
  return gst_message_get_structure(message);
}

void post(GstElement* element, GstStructure* fields) {
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), fields));
}

std::string text(const GstStructure* fields, const char* name) {
  const gchar* value = gst_structure_get_string(fields, name);
  return value == nullptr ? "" : value;
}

gint64 number(const GstStructure* fields, const char* name) {
  gint64 value = 0;
  gst_structure_get_int64(fields, name, &value);
  return value;
}

}  // namespace

void post_notice(GstElement* element, const IngestNotice& notice) {
  post(element, gst_structure_new(name_of(kIngestNames, notice.change), "protocol", G_TYPE_STRING,
                                  notice.protocol.c_str(), "url", G_TYPE_STRING, notice.url.c_str(),
                                  "epoch", G_TYPE_INT64, gint64{notice.epoch}, "reason",
                                  G_TYPE_STRING, notice.reason.c_str(), "attempt", G_TYPE_INT64,
                                  gint64{notice.attempt}, "next-in-ms", G_TYPE_INT64,
                                  gint64{notice.next_in.count()}, "noticed-after-ms", G_TYPE_INT64,
                                  gint64{notice.noticed_after.count()}, nullptr));
}

void post_notice(GstElement* element, const SoundNotice& notice) {
  post(element, gst_structure_new(name_of(kSoundNames, notice.change), "at", G_TYPE_INT64,
                                  gint64{notice.at.count()}, "since", G_TYPE_INT64,
                                  gint64{notice.since.count()}, nullptr));
}

void post_notice(GstElement* element, const DamageNotice& notice) {
  post(element, gst_structure_new(kDamaged, "protocol", G_TYPE_STRING, notice.protocol.c_str(),
                                  "url", G_TYPE_STRING, notice.url.c_str(), "epoch", G_TYPE_INT64,
                                  gint64{notice.epoch}, "packets", G_TYPE_INT64,
                                  static_cast<gint64>(notice.packets), "missing", G_TYPE_INT64,
                                  static_cast<gint64>(notice.missing), "broken", G_TYPE_INT64,
                                  static_cast<gint64>(notice.broken), nullptr));
}

void post_notice(GstElement* element, const FormatNotice& notice) {
  post(element,
       gst_structure_new(kFormatChanged, "kind", G_TYPE_STRING, notice.kind.c_str(), "from",
                         G_TYPE_STRING, notice.from.c_str(), "to", G_TYPE_STRING, notice.to.c_str(),
                         "epoch", G_TYPE_INT64, gint64{notice.epoch}, nullptr));
}

void post_notice(GstElement* element, const Epoch& epoch) {
  const EventPtr event = make_event(epoch);
  post(element, gst_structure_copy(gst_event_get_structure(event.get())));
}

void post_notice(GstElement* element, const TimedMetadata& item) {
  const EventPtr event = make_event(item);
  GstStructure* fields = gst_structure_copy(gst_event_get_structure(event.get()));
  gst_structure_set_name(fields, kMetadata);
  post(element, fields);
}

std::optional<IngestNotice> read_ingest_notice(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  const auto change = change_of(kIngestNames, fields);
  if (!change) return std::nullopt;
  return IngestNotice{*change,
                      text(fields, "protocol"),
                      text(fields, "url"),
                      static_cast<int>(number(fields, "epoch")),
                      text(fields, "reason"),
                      static_cast<int>(number(fields, "attempt")),
                      std::chrono::milliseconds(number(fields, "next-in-ms")),
                      std::chrono::milliseconds(number(fields, "noticed-after-ms"))};
}

std::optional<SoundNotice> read_sound_notice(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  const auto change = change_of(kSoundNames, fields);
  if (!change) return std::nullopt;
  return SoundNotice{*change, MediaTime(number(fields, "at")),
                     MediaDuration(number(fields, "since"))};
}

std::optional<DamageNotice> read_damage_notice(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  if (fields == nullptr || !gst_structure_has_name(fields, kDamaged)) return std::nullopt;
  const auto count = [fields](const char* name) {
    return static_cast<std::uint64_t>(number(fields, name));
  };
  return DamageNotice{
      text(fields, "protocol"), text(fields, "url"), static_cast<int>(number(fields, "epoch")),
      count("packets"),         count("missing"),    count("broken")};
}

std::optional<FormatNotice> read_format_notice(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  if (fields == nullptr || !gst_structure_has_name(fields, kFormatChanged)) return std::nullopt;
  return FormatNotice{text(fields, "kind"), text(fields, "from"), text(fields, "to"),
                      static_cast<int>(number(fields, "epoch"))};
}

std::optional<Epoch> read_epoch_notice(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  if (fields == nullptr) return std::nullopt;
  const EventPtr event(
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, gst_structure_copy(fields)));
  return read_epoch(event.get());
}

std::optional<TimedMetadata> read_source_metadata(GstMessage* message) {
  const GstStructure* fields = body_of(message);
  if (fields == nullptr || !gst_structure_has_name(fields, kMetadata)) return std::nullopt;
  GstStructure* of_event = gst_structure_copy(fields);
  gst_structure_set_name(of_event, "tide/metadata");
  return read_metadata(EventPtr(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, of_event)).get());
}

}  // namespace subtide
