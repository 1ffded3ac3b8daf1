#pragma once

#include <gst/gst.h>

#include <optional>
#include <vector>

#include "elements/quality/qc_properties.h"
#include "elements/quality/sound_frames.h"
#include "engine/base/result.h"
#include "engine/gst/luma_frame.h"
#include "engine/quality/loudness_meter.h"
#include "engine/quality/picture_watch.h"
#include "engine/quality/quality_finding.h"
#include "engine/quality/sound_watch.h"

namespace subtide {

/// Looks at the buffers of one stream of raw video or raw audio.
///
/// Time:    the buffers' PTS; a buffer without is heard for its loudness alone.
/// Owner:   the element, from READY to READY.
/// Threads: the streaming thread alone.
/// Errors:  create(): kInvalidArgument. set_caps(): kUnsupported for what it cannot look at; the
///          stream may go on, unseen.
class QualityStream {
 public:
  static Result<QualityStream> create(const QcSettings& settings);

  /// Nothing runs on over a change of format: call finish() before.
  Status set_caps(const GstCaps* caps);
  std::vector<QualityFinding> take(GstBuffer* buffer);
  /// A GAP event.
  std::vector<QualityFinding> skip(TimeSpan gap);
  /// The end, or a jump.
  std::vector<QualityFinding> finish();
  /// Of all sound so far.
  std::optional<Loudness> loudness() const;

  /// As if nothing had come but the caps.
  void restart();

 private:
  explicit QualityStream(const QcSettings& settings) : settings_(settings) {}

  Status open_picture(const GstCaps* caps);
  Status open_sound(const GstAudioInfo& info);
  std::vector<QualityFinding> look(GstBuffer* buffer);
  std::vector<QualityFinding> listen(GstBuffer* buffer);

  QcSettings settings_;
  std::optional<LumaForm> picture_form_;
  std::optional<PictureWatch> picture_;
  LumaGrid grid_;
  std::optional<GstAudioInfo> sound_form_;
  std::optional<SoundFrames> frames_;
  std::optional<SoundWatch> sound_;
  std::optional<LoudnessMeter> meter_;
};

}  // namespace subtide
