#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/packaging/cue_track.h"
#include "engine/packaging/effect.h"
#include "engine/packaging/media_track.h"
#include "engine/packaging/segment_plan.h"
#include "engine/packaging/segment_shelf.h"

namespace subtide {

enum class RenditionKind { kVideo, kAudio, kText };

struct RenditionOptions {
  RenditionKind kind = RenditionKind::kVideo;
  std::string name;        ///< unique in its kind; a file name: "720p", "en"
  std::string language{};  ///< BCP 47; may be empty
  std::string label{};     ///< what a player's menu says; empty: the language or the name
  bool is_default = false;
  /// Text: nothing is published before name_language() or its end.
  bool waits_for_language = false;
  double frame_rate = 0;            ///< of video, for the multivariant playlist
  std::uint64_t expected_bits = 0;  ///< a second: the least that BANDWIDTH tells
};

/// "video_720p", "audio_en", "subs_es".
std::string folder_of(const RenditionOptions& options);

/// One rendition: its track, its place in the plan, its playlist.
///
/// Owner: Presentation. Threads: one at a time. Errors: none.
class Rendition {
 public:
  Rendition(RenditionOptions options, const ShelfOptions& shelf, EventMessageWriter write_event);

  const RenditionOptions& options() const { return options_; }
  void set_frame_rate(double frames_per_second) { options_.frame_rate = frames_per_second; }
  const std::string& folder() const { return folder_; }
  /// Before anything of it was published: what it turned out to be in, which is its name too.
  void name_language(const std::string& language);
  bool is_media() const { return media_.has_value(); }
  MediaTrack& media() { return *media_; }
  const MediaTrack& media() const { return *media_; }
  CueTrack& cues() { return cues_; }
  SegmentShelf& shelf() { return shelf_; }
  const SegmentShelf& shelf() const { return shelf_; }

  /// Before anything else: the programme that had this playlist goes on.
  void take_over(MediaPlaylist former) { shelf_.take_over(std::move(former)); }
  /// Whether it has published a segment itself.
  bool has_begun() const { return has_begun_; }

  /// Number of the segment to publish next.
  std::uint64_t next() const { return next_; }
  void set_ended() { has_ended_ = true; }
  bool has_ended() const { return has_ended_; }
  /// Whether all that comes before a place has come.
  bool has_reached(const Boundary& boundary) const;

  /// Publishes what waits of the next segment up to `until` as parts.
  void publish_parts(const PlannedSegment& segment, const Boundary& until, const Epoch* epoch,
                     std::vector<PublishEffect>& effects);
  /// Publishes the next segment whole. `until` is where the one behind it begins.
  void publish(const PlannedSegment& segment, const Boundary& until, const Epoch* epoch,
               int target_seconds, std::vector<PublishEffect>& effects);
  /// The playlist as it stands, and the files that may go.
  void publish_playlist(std::vector<PublishEffect>& effects);

  /// Bits a second, measured over the segments so far.
  std::uint64_t peak_bits() const;
  std::uint64_t average_bits() const;

 private:
  void take_until(const Boundary& until, MediaDuration longest, const PlannedSegment& segment,
                  const Epoch* epoch, std::vector<PublishEffect>& effects);
  void take_text_until(MediaTime until, const PlannedSegment& segment, const Epoch* epoch,
                       std::vector<PublishEffect>& effects);
  void put(Chunk chunk, MediaDuration silence, const PlannedSegment& segment, const Epoch* epoch,
           std::vector<PublishEffect>& effects);
  std::string part_name(std::uint64_t segment, int part) const;
  void add_part(PartEntry part, const PlannedSegment& segment, const Epoch* epoch);
  void skip_hole(MediaDuration length, const PlannedSegment& segment, const Epoch* epoch,
                 std::vector<PublishEffect>& effects);
  MediaDuration hole_before_front() const;
  SegmentEntry entry_of(const PlannedSegment& segment, const Epoch* epoch) const;
  void publish_media(const PlannedSegment& segment, const Boundary& until, const Epoch* epoch,
                     std::vector<PublishEffect>& effects, SegmentEntry& entry);
  void measure(std::size_t bytes, MediaDuration duration);

  /// What there is of the segment that is next.
  struct OpenSegment {
    std::string bytes;
    std::optional<TimeSpan> span;
    std::string map;
    bool is_independent = true;
    int parts = 0;
  };

  RenditionOptions options_;
  std::string folder_;
  std::optional<MediaTrack> media_;
  CueTrack cues_;
  SegmentShelf shelf_;
  MediaDuration part_target_;
  OpenSegment open_;
  std::shared_ptr<const TrackInit> written_init_;
  std::uint64_t next_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::uint64_t peak_bits_ = 0;
  std::uint64_t total_bytes_ = 0;
  MediaDuration total_duration_{0};
};

}  // namespace subtide
