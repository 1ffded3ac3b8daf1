#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/packaging/effect.h"
#include "engine/packaging/playlist.h"
#include "engine/packaging/playlist_end.h"

namespace subtide {

/// How long a rendition's segments are offered.
struct ShelfOptions {
  PlaylistType type = PlaylistType::kLive;
  std::size_t window = 6;        ///< segments that a live playlist names
  MediaDuration part_target{0};  ///< low latency; 0: none
  PlaylistEnd after{};           ///< of what was on it before
};

/// The segments of one rendition that players may ask for: those that its playlist names, and
/// those that it named until lately.
///
/// As RFC 8216bis wants it, a live playlist never gets shorter than three target durations, and a
/// file outlives its last mention by the length of a playlist.
///
/// Owner: the caller. Threads: one at a time. Errors: none.
class SegmentShelf {
 public:
  SegmentShelf(std::string folder, const ShelfOptions& options);

  /// Before anything was published from it.
  void rename(std::string folder) { folder_ = std::move(folder); }
  /// Before anything else: the programme that was on it goes on.
  void take_over(MediaPlaylist former);
  /// A complete segment, whose parts are those that add() got before.
  void add(SegmentEntry segment);
  /// A part of the segment that is open; `segment` says how that segment begins.
  void add(PartEntry part, const SegmentEntry& segment);
  void set_next_part(const std::string& uri);
  /// EXT-X-DATERANGE, in the playlist while its time is. One whose id a former programme had is
  /// left out: what was told is never changed.
  void add(DateRangeEntry range, WallTime ends);
  /// Before the first segment; later calls change nothing.
  void set_target_seconds(int seconds);
  void set_dependent() { playlist_.is_independent = false; }
  void finish();

  bool is_empty() const { return playlist_.segments.empty(); }
  std::size_t open_parts() const;
  const MediaPlaylist& playlist() const { return playlist_; }
  PlaylistUpdate update() const;
  /// Files, named as in the playlist, that may go.
  std::vector<std::string> take_outdated();

 private:
  struct RangeEnd {
    DateRangeEntry entry;
    WallTime ends;
  };
  void slide();
  void drop_first();
  void drop_old_parts();
  void drop_old_ranges();

  std::string folder_;
  ShelfOptions options_;
  MediaPlaylist playlist_;
  std::vector<RangeEnd> ranges_;
  std::set<std::string> former_ranges_;              ///< ids of them
  std::deque<std::vector<std::string>> leaving_;     ///< files of each segment off the playlist
  std::deque<std::vector<std::string>> part_files_;  ///< of each segment on it
  std::vector<std::string> outdated_;
};

}  // namespace subtide
