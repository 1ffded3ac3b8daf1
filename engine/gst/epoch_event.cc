#include "engine/gst/epoch_event.h"

#include <chrono>

namespace subtide {
namespace {

constexpr const char* kEpoch = "tide/epoch";

std::int64_t to_unix_nanoseconds(WallTime wall) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(wall.time_since_epoch()).count();
}

WallTime from_unix_nanoseconds(std::int64_t value) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(value)));
}

}  // namespace

EventPtr make_event(const Epoch& epoch) {
  GstStructure* fields = gst_structure_new(kEpoch, "number", G_TYPE_INT, epoch.number, "begins",
                                           G_TYPE_INT64, gint64{epoch.begins.count()}, "source",
                                           G_TYPE_INT64, gint64{epoch.source.count()}, "wall",
                                           G_TYPE_INT64, gint64{to_unix_nanoseconds(epoch.wall)},
                                           "reason", G_TYPE_STRING, epoch.reason.c_str(), nullptr);
  return EventPtr(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, fields));
}

std::optional<Epoch> read_epoch(GstEvent* event) {
  const GstStructure* fields = gst_event_get_structure(event);
  if (fields == nullptr || !gst_structure_has_name(fields, kEpoch)) return std::nullopt;
  gint number = 0;
  gint64 begins = 0;
  gint64 source = 0;
  gint64 wall = 0;
  const gchar* reason = gst_structure_get_string(fields, "reason");
  if (reason == nullptr || !gst_structure_get_int(fields, "number", &number) ||
      !gst_structure_get_int64(fields, "begins", &begins) ||
      !gst_structure_get_int64(fields, "source", &source) ||
      !gst_structure_get_int64(fields, "wall", &wall)) {
    return std::nullopt;
  }
  return Epoch{number, MediaTime(begins), MediaTime(source), from_unix_nanoseconds(wall), reason};
}

}  // namespace subtide
