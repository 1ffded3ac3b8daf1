#include "elements/quality/quality_stream.h"

#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

Error unseen(const GstCaps* caps) {
  const TextPtr text(gst_caps_to_string(caps));
  return make_error(ErrorCode::kUnsupported,
                    "tideqc: cannot look at {}; it passes unchecked. Put videoconvert or "
                    "audioconvert before it",
                    text.get());
}

}  // namespace

Result<QualityStream> QualityStream::create(const QcSettings& settings) {
  // What is wrong with the thresholds is said before the first buffer.
  if (const auto picture = PictureWatch::create(settings.picture); !picture) {
    return picture.error();
  }
  if (const auto sound = SoundWatch::create(1, 1, settings.sound); !sound) return sound.error();
  return QualityStream(settings);
}

Status QualityStream::set_caps(const GstCaps* caps) {
  picture_.reset();
  sound_.reset();
  if (!gst_structure_has_name(gst_caps_get_structure(caps, 0), "audio/x-raw")) {
    return open_picture(caps);
  }
  GstAudioInfo info;
  if (gst_audio_info_from_caps(&info, caps) == FALSE) return unseen(caps);
  return open_sound(info);
}

Status QualityStream::open_picture(const GstCaps* caps) {
  picture_form_ = read_luma_form(caps);
  if (!picture_form_) return unseen(caps);
  auto watch = PictureWatch::create(settings_.picture);
  if (!watch) return watch.error();
  picture_ = std::move(*watch);
  return ok();
}

Status QualityStream::open_sound(const GstAudioInfo& info) {
  const SoundForm form = sound_form(info);
  auto watch =
      SoundWatch::create(form.rate, static_cast<int>(form.channels.size()), settings_.sound);
  if (!watch) return watch.error();
  if (meter_) {
    if (Status changed = meter_->change_form(form); !changed) return changed;
  } else {
    auto meter = LoudnessMeter::create(form);
    if (!meter) return meter.error();
    meter_ = std::move(*meter);
  }
  sound_form_ = info;
  frames_.emplace(info);
  sound_ = std::move(*watch);
  return ok();
}

std::vector<QualityFinding> QualityStream::take(GstBuffer* buffer) {
  if (picture_) return look(buffer);
  return sound_ ? listen(buffer) : std::vector<QualityFinding>();
}

std::vector<QualityFinding> QualityStream::look(GstBuffer* buffer) {
  const auto shown = span_of(buffer);
  if (!shown) return {};
  const LumaFrame frame(*picture_form_, buffer);
  grid_.sample(frame.plane());
  return picture_->push(*shown, grid_);
}

std::vector<QualityFinding> QualityStream::listen(GstBuffer* buffer) {
  std::vector<QualityFinding> found;
  const auto begin = to_media_time(GST_BUFFER_PTS(buffer));
  frames_->read(buffer, [&](const SoundFrames::Samples& samples) {
    std::visit(
        [&](auto values) {
          meter_->push(values);
          if (begin) found = sound_->push(*begin, values);
        },
        samples);
  });
  return found;
}

std::vector<QualityFinding> QualityStream::skip(TimeSpan gap) {
  return sound_ ? sound_->skip(gap) : std::vector<QualityFinding>();
}

std::vector<QualityFinding> QualityStream::finish() {
  if (picture_) return picture_->finish();
  return sound_ ? sound_->finish() : std::vector<QualityFinding>();
}

std::optional<Loudness> QualityStream::loudness() const {
  return meter_ ? meter_->result() : std::nullopt;
}

void QualityStream::restart() {
  // What ended is dropped with all the rest.
  (void)finish();
  meter_.reset();
  if (!sound_) return;
  auto meter = LoudnessMeter::create(sound_form(*sound_form_));
  if (meter) meter_ = std::move(*meter);
}

}  // namespace subtide
