#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/audio_timeline.h"
#include "engine/pipeline/demuxer.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// A bin that reads one audio track of a file: raw audio on its pad `src`, PTS on the file's own
/// timeline.
///
/// Only that track is decoded; the packets of all others are dropped where the demuxer hands them
/// out. Nothing but the allowed demuxers, parsers and decoders is plugged. Damaged frames are
/// skipped, however many there are.
///
/// Owner:   the caller; must outlive the bin's last state above READY.
/// Threads: as AudioTimeline, whose listener this takes over.
/// Errors:  create(): as Demuxer::create(). Later ones come as messages of the bin.
class AudioSource {
 public:
  static Result<std::unique_ptr<AudioSource>> create(const MediaInput& input,
                                                     const std::string& stream, TimeSpan wanted,
                                                     AudioTimeline::Listener listener);

  GstElement* element() const { return bin_.get(); }
  AudioTimeline& timeline() { return *timeline_; }

  /// The end of the file's own timeline as the file tells it; for some formats an estimate that
  /// gets better while reading.
  std::optional<MediaTime> told_end() const;
  /// The latest time any stream of the file reached, wanted or not.
  MediaTime reached() const;

 private:
  struct UnwantedStream;
  explicit AudioSource(std::string stream);
  Status build(const MediaInput& input, TimeSpan wanted, AudioTimeline::Listener listener);
  void stream_added(GstPad* pad);
  void no_more_streams();
  void decoder_pad_added(GstPad* pad);
  void reach(MediaTime time);
  static GstPadProbeReturn drop_packet(GstPad* pad, GstPadProbeInfo* item, gpointer self);

  const std::string stream_;
  ElementPtr bin_;
  GstElement* decoder_ = nullptr;  ///< owned by the bin, as the next
  GstElement* limits_ = nullptr;
  std::unique_ptr<Demuxer> demuxer_;
  std::unique_ptr<AudioTimeline> timeline_;
  std::atomic<bool> is_linked_ = false;
  std::atomic<MediaTime::rep> reached_ = 0;
};

}  // namespace subtide
