#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"

namespace subtide {

/// HLS playlists as values, after RFC 8216bis, and their text.
///
/// Errors: none; control characters and quotation marks that an attribute cannot hold are replaced.

enum class PlaylistType { kLive, kEvent, kVod };

/// One partial segment of low-latency HLS.
struct PartEntry {
  std::string uri;
  MediaDuration duration{0};
  bool is_independent = false;
  bool is_gap = false;  ///< the URI names no file
  bool operator==(const PartEntry&) const = default;
};

struct SegmentEntry {
  std::string uri;
  MediaDuration duration{0};
  std::optional<WallTime> starts;  ///< PROGRAM-DATE-TIME
  bool is_discontinuous = false;   ///< another epoch, or another format, than the one before
  bool is_gap = false;             ///< nothing was there to be written; the URI names no file
  std::string map;                 ///< initialization segment; empty for WebVTT
  std::vector<PartEntry> parts;
  bool operator==(const SegmentEntry&) const = default;
};

/// A line of EXT-X-DATERANGE: `attributes` is its attribute list.
struct DateRangeEntry {
  WallTime starts{};
  std::string attributes;
  bool operator==(const DateRangeEntry&) const = default;
};

struct LowLatency {
  MediaDuration part_target{0};
  std::string next_part;         ///< PRELOAD-HINT; empty: none
  std::vector<PartEntry> parts;  ///< of the segment that is not complete
  /// The open segment's: told before its first part.
  std::optional<WallTime> starts{};
  bool is_discontinuous = false;
  std::string map{};
  bool operator==(const LowLatency&) const = default;
};

struct MediaPlaylist {
  PlaylistType type = PlaylistType::kLive;
  int target_seconds = 0;  ///< once told it never changes
  std::uint64_t first_sequence = 1;
  std::uint64_t first_discontinuity = 0;
  bool is_independent = true;  ///< every segment begins with a key frame
  bool has_ended = false;
  std::deque<SegmentEntry> segments;
  std::vector<DateRangeEntry> date_ranges;
  std::optional<LowLatency> low_latency;
};

std::string write_playlist(const MediaPlaylist& playlist);

/// One EXT-X-MEDIA.
struct MediaChoice {
  enum class Kind { kAudio, kSubtitles, kClosedCaptions };
  Kind kind = Kind::kAudio;
  std::string name;
  std::string language;  ///< BCP 47; may be empty
  bool is_default = false;
  bool is_autoselected = true;
  int channels = 0;         ///< of audio; 0: not told
  std::string uri;          ///< not of closed captions
  std::string instream_id;  ///< of closed captions: "CC1"
};

/// One EXT-X-STREAM-INF. Groups are told where the playlist has choices of that kind.
struct Variant {
  std::string uri;
  std::uint64_t peak_bits = 0;     ///< a second, measured
  std::uint64_t average_bits = 0;  ///< a second; 0: not told
  std::vector<std::string> codecs;
  int width = 0;
  int height = 0;
  double frame_rate = 0;
};

struct MultivariantPlaylist {
  std::vector<MediaChoice> choices;
  std::vector<Variant> variants;
  bool is_independent = true;
};

std::string write_playlist(const MultivariantPlaylist& playlist);

/// "NAME=VALUE,…": an attribute list in the order of the calls.
class AttributeList {
 public:
  AttributeList& quoted(std::string_view name, std::string_view value);
  /// A number, an enumerated string or a resolution, written as it is.
  AttributeList& plain(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Seconds with up to six decimals: "2.002".
std::string format_seconds(MediaDuration duration);

/// As EXT-X-TARGETDURATION compares: rounded to the nearest second.
int rounded_seconds(MediaDuration duration);

}  // namespace subtide
