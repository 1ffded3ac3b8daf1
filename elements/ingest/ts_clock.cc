#include "elements/ingest/ts_clock.h"

#include <cstdlib>
#include <string_view>

#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

// "video_0_0100": the last part is the PID.
std::optional<guint> pid_of(std::string_view pad_name) {
  const auto line = pad_name.rfind('_');
  if (line == std::string_view::npos) return std::nullopt;
  return static_cast<guint>(
      std::strtoul(std::string(pad_name.substr(line + 1)).c_str(), nullptr, 16));
}

MediaTime from_ticks(guint64 ticks) {
  return MediaTime(static_cast<MediaTime::rep>(gst_util_uint64_scale(ticks, 100'000, 9)));
}

}  // namespace

TsClock::TsClock(GstElement* demuxer) : demuxer_(demuxer) {
  g_object_set(demuxer, "ignore-pcr", TRUE, "emit-stats", TRUE, nullptr);
}

bool TsClock::take_message(GstMessage* message) {
  if (GST_MESSAGE_SRC(message) != GST_OBJECT_CAST(demuxer_)) return false;
  const GstStructure* fields = gst_message_get_structure(message);
  guint pid = 0;
  if (fields == nullptr || !gst_structure_has_name(fields, "tsdemux") ||
      !gst_structure_get_uint(fields, "pid", &pid)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  First& first = first_[pid];
  guint64 ticks = 0;
  if (!first.pts && gst_structure_get_uint64(fields, "pts", &ticks)) first.pts = from_ticks(ticks);
  if (!first.pts && !first.dts && gst_structure_get_uint64(fields, "dts", &ticks)) {
    first.dts = from_ticks(ticks);
  }
  return true;
}

void TsClock::calibrate(const char* pad_name, GstBuffer* buffer) {
  const auto pid = pid_of(pad_name);
  const auto pts = to_media_time(GST_BUFFER_PTS(buffer));
  const std::lock_guard lock(mutex_);
  if (shift_ || !pid || !pts) return;
  const auto found = first_.find(*pid);
  if (found == first_.end() || !found->second.pts) return;
  shift_ = *pts - *found->second.pts;
  g_object_set(demuxer_, "emit-stats", FALSE, nullptr);
}

std::optional<MediaTime> TsClock::source_time(GstClockTime time) const {
  const auto shown = to_media_time(time);
  if (!shown) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return *shown - shift_.value_or(MediaDuration(0));
}

}  // namespace subtide
