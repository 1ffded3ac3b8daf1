#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/audio_timeline.h"
#include "engine/pipeline/demuxer.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/picture_timeline.h"

namespace subtide {

/// Which streams of a file are read, by the names that the probe gave them.
struct MediaSelection {
  std::optional<std::string> video;
  std::vector<std::string> audio;
  /// Of `audio`, the one that is also listened to.
  std::optional<std::size_t> speech;
};

/// A bin that reads several streams of one file at once, decoded: pictures on its pad `video`,
/// sound on `audio_0`, `audio_1`, … and, once more, the sound that is listened to on `speech`.
///
/// All of them are on one timeline that begins at the file's time zero: PTS, stream time and
/// running time are one. Sound before it is cut away. Streams wait with their first buffer until
/// release(), so that a graph can be made for what they turned out to be. Packets wait in a queue
/// that grows where one stream is far ahead of another in the file, up to 256 MiB. Nothing but the
/// allowed demuxers, parsers and decoders is plugged; damaged frames are skipped.
///
/// Owner:   the caller; must outlive the bin's last state above READY.
/// Threads: the listener hears from streaming threads; the rest from the application's.
/// Errors:  create(): as Demuxer::create(). Later ones come as messages of the bin.
class MediaSource {
 public:
  struct Listener {
    std::function<void()> all_arrived;  ///< each stream has a format, or ended without data
  };

  static Result<std::unique_ptr<MediaSource>> create(const MediaInput& input,
                                                     const MediaSelection& wanted,
                                                     MediaTime time_zero, Listener listener);
  ~MediaSource();

  GstElement* element() const { return bin_.get(); }
  /// What the pad carries, decoded; null for one that brought nothing.
  CapsPtr caps(const std::string& pad) const;
  /// The stream's tags on that pad, merged; never null.
  TagListPtr tags(const std::string& pad) const;
  void release();
  /// Ends all streams where they are.
  void finish();
  /// Before the bin is taken down, when it may still wait for release().
  void abandon();

  /// From time zero: what came out of all streams.
  std::optional<TimeSpan> covered() const;
  /// The same of one pad alone.
  std::optional<TimeSpan> covered(const std::string& pad) const;
  std::size_t pictures() const;
  std::optional<MediaTime> told_end() const;
  bool has_ended() const;
  const std::vector<std::unique_ptr<AudioTimeline>>& sounds() const { return sounds_; }

 private:
  struct Branch;
  explicit MediaSource(MediaTime time_zero, Listener listener);
  Status build(const MediaInput& input, const MediaSelection& wanted);
  Status add_branch(const std::string& stream, const std::string& pad, const char* limits,
                    bool is_listened_to);
  void stream_added(GstPad* pad);
  bool feed(Branch& branch, GstPad* pad);
  void no_more_streams();
  void arrived(Branch& branch);
  static void decoder_pad_added(GstElement* decoder, GstPad* pad, gpointer branch);

  const MediaTime time_zero_;
  const Listener listener_;
  ElementPtr bin_;
  GstElement* queue_ = nullptr;  ///< owned by the bin
  std::vector<std::unique_ptr<Branch>> branches_;
  std::unique_ptr<Demuxer> demuxer_;
  std::unique_ptr<PictureTimeline> pictures_;
  std::vector<std::unique_ptr<AudioTimeline>> sounds_;
  mutable std::mutex mutex_;  ///< guards what arrived
  std::size_t waiting_ = 0;
};

}  // namespace subtide
