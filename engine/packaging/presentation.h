#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/result.h"
#include "engine/metadata/timed_metadata.h"
#include "engine/packaging/effect.h"
#include "engine/packaging/former_programme.h"
#include "engine/packaging/playlist_end.h"
#include "engine/packaging/rendition.h"
#include "engine/packaging/segment_plan.h"

namespace subtide {

/// A service inside the video, announced in the multivariant playlist.
struct ClosedCaptions {
  std::string channel;  ///< "CC1", "SERVICE3"
  std::string language;
  std::string label;
};

struct PresentationOptions {
  MediaDuration segment = std::chrono::seconds(2);
  MediaDuration part{0};  ///< low latency; 0: none
  PlaylistType type = PlaylistType::kLive;
  std::size_t window = 6;  ///< segments in a live playlist, at least 3
  /// How long a segment waits for captions that have not come, measured from the moment its end is
  /// known. Nothing: for ever.
  std::optional<std::chrono::nanoseconds> patience = std::chrono::seconds(4);
  /// The same for sound and pictures, which are lost when they come later.
  std::optional<std::chrono::nanoseconds> media_patience = std::chrono::seconds(8);
  std::vector<ClosedCaptions> closed_captions;
  /// What was published under the same names before: players go on from there, over a
  /// discontinuity. As it is: nothing was.
  PlaylistEnd after;
  /// What goes on in the same playlists, aligned; `after` says nothing then. Media time 0 of this
  /// presentation is the former's end. Empty: nothing does.
  FormerProgramme former;
  /// A steady clock.
  std::function<std::chrono::nanoseconds()> clock;
  /// How timed metadata is carried; empty: not at all.
  EventMessageWriter write_event;
  /// Attribute lists of EXT-X-DATERANGE.
  std::function<std::vector<std::string>(const TimedMetadata&, const Epoch&)> write_date_ranges;
};

/// One HLS presentation: video, audio and WebVTT renditions that share their segment boundaries.
///
/// Samples, cues, metadata and epochs go in; what has to be written, published and removed comes
/// out, in an order in which no playlist names a file that is not there. The first video rendition
/// sets the boundaries, or the first audio one where there is no video. A rendition publishes a
/// segment when everything before its end has come, or when its patience is over; then the segment
/// shows what there is, a track without samples a gap. What was published is never changed.
///
/// Memory holds the segments that are not published yet, and of the others only their names.
///
/// Time:    engine time, from 0, in and out; in files and playlists behind the former programme's.
///          The clock is injected and only tells how long to wait.
/// Owner:   the caller; movable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  create() and add(): kInvalidArgument, kAlreadyExists; push(): kUnsupported for a format
///          that changes without a new epoch.
class Presentation {
 public:
  using Id = std::size_t;

  static Result<Presentation> create(PresentationOptions options);

  /// Before the first sample, so that the multivariant playlist waits for it.
  Result<Id> add(RenditionOptions options);

  void set_format(Id id, const TrackFormat& format);
  void set_frame_rate(Id id, double frames_per_second);
  /// What a rendition that waits for its language is in; passed over for others, for a tag that
  /// cannot name a folder, and for one that another rendition has.
  void set_language(Id id, const std::string& language);
  /// What this rendition gets from now on belongs to `epoch`.
  void begin_epoch(Id id, const Epoch& epoch);
  Status push(Id id, Sample sample);
  void push(Id id, Cue cue);
  /// Carried once, whichever rendition tells of it, in all video tracks (else all audio tracks) and
  /// in their playlists.
  void push(const TimedMetadata& item);
  /// Nothing comes before `until`: a gap, or a text stream's watermark.
  void advance(Id id, MediaTime until);
  /// Nothing comes any more. After the last rendition the playlists end.
  void end(Id id);
  /// Looks whether somebody has waited long enough.
  void tick();

  /// What has to be done, in order, since the last call.
  std::vector<PublishEffect> take_effects();
  bool has_ended() const { return has_ended_; }

 private:
  explicit Presentation(PresentationOptions options);
  Rendition* reference();
  MediaDuration origin() const { return options_.former.end; }
  Position position_of(Id id, MediaTime time) const;
  const Epoch* epoch_of(int number) const;
  int epoch_of(Id id, const Sample& sample) const;
  void keep_going();
  std::optional<Position> next_without(const Rendition& leader, const MediaTrack& track,
                                       MediaDuration slack) const;
  void publish_due();
  void publish_due(Rendition& rendition);
  /// Up to where parts of a segment are sure to belong to it.
  Boundary sure_until(const Rendition& rendition, const PlannedSegment& segment);
  /// As far as it is known.
  MediaTime end_of_media() const;
  /// Whether a rendition need not wait any longer for the rest of a segment.
  bool is_over(const Rendition& rendition, const PlannedSegment& segment) const;
  void finish(Rendition& rendition);
  void finish_when_all_ended();
  bool forget_duplicate(const TimedMetadata& item);
  void publish_multivariant();
  MultivariantPlaylist multivariant() const;

  PresentationOptions options_;
  SegmentPlan plan_;
  std::vector<std::unique_ptr<Rendition>> renditions_;
  std::vector<int> epoch_of_rendition_;
  std::map<int, Epoch> epochs_;
  std::map<std::string, MediaTime> known_items_;
  std::vector<PublishEffect> effects_;
  std::string multivariant_;
  std::uint64_t told_peak_ = 0;
  std::size_t told_renditions_ = 0;
  bool has_ended_ = false;
};

}  // namespace subtide
