#include "elements/shots/shot_stream.h"

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr MediaDuration kStep = std::chrono::milliseconds(250);

}  // namespace

Status ShotStream::set_caps(const GstCaps* caps) {
  finder_.restart();
  form_ = read_luma_form(caps);
  if (form_) return ok();
  const TextPtr text(gst_caps_to_string(caps));
  return make_error(ErrorCode::kUnsupported,
                    "tideshots: cannot look at {}; no shot change is found. Put videoconvert "
                    "before it",
                    text.get());
}

std::optional<ShotNews> ShotStream::take(GstBuffer* picture) {
  const auto shown = to_media_time(GST_BUFFER_PTS(picture));
  if (!shown) return std::nullopt;
  std::optional<MediaTime> cut;
  if (form_) {
    const LumaFrame frame(*form_, picture);
    grid_.sample(frame.plane());
    cut = finder_.push(*shown, grid_);
  }
  const MediaTime known = cut.value_or(form_ ? finder_.known_until().value_or(*shown) : *shown);
  if (!told_until_ || known < *told_until_) {
    // Sinks wait for a first word before anything plays.
    told_until_ = *shown;
    return ShotNews{{*shown, *shown}, false};
  }
  if (!cut && known - *told_until_ < kStep) return std::nullopt;
  const ShotNews news{{*told_until_, known}, cut.has_value()};
  told_until_ = known;
  return news;
}

void ShotStream::restart() {
  finder_.restart();
  told_until_.reset();
}

}  // namespace subtide
