#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/net/url.h"

namespace subtide {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

/// A piece of media that a playlist names, already resolved against the playlist's address.
struct HlsPart {
  Url url;
  std::optional<ByteRange> range;
};

struct HlsSegment {
  HlsPart media;
  std::optional<HlsPart> map;  ///< EXT-X-MAP: what an fMP4 segment needs before it
  MediaDuration duration{0};
  std::uint64_t number = 0;  ///< media sequence number
  bool begins_anew = false;  ///< EXT-X-DISCONTINUITY
  bool is_gap = false;       ///< EXT-X-GAP: the server does not have it
};

/// One rendition's list of segments.
struct HlsMedia {
  std::vector<HlsSegment> segments;
  MediaDuration target{0};
  bool is_ended = false;
};

struct HlsVariant {
  Url url;
  std::uint64_t bandwidth = 0;
  std::optional<Url> audio;  ///< its sound, where that comes apart
};

/// The list of renditions.
struct HlsMaster {
  std::vector<HlsVariant> variants;
};

using HlsPlaylist = std::variant<HlsMaster, HlsMedia>;

/// Reads a playlist that came from `base`. Only http and https addresses are taken from it.
/// Errors: kBadInput (no playlist, too long, unusable times), kDenied (names a file or another
///         scheme), kUnsupported (encrypted segments).
Result<HlsPlaylist> parse_hls_playlist(std::string_view text, const Url& base);

/// The variant with the highest bandwidth; null when there is none.
const HlsVariant* best_variant(const HlsMaster& master);

/// What to fetch next of a media playlist that changes under way.
///
/// Begins three target lengths before the end of a live playlist (RFC 8216, 6.3.3), at the start of
/// an ended one.
///
/// Owner:   the caller; a value.
/// Threads: one at a time.
/// Errors:  none.
class HlsCursor {
 public:
  /// The segments of the newly loaded playlist that were not given yet. One that follows on lost
  /// segments is marked `begins_anew`.
  std::vector<HlsSegment> update(const HlsMedia& playlist);
  /// Until the next reload: the target length, half of it when nothing was new.
  MediaDuration reload_pause() const { return pause_; }
  bool has_ended() const { return has_ended_; }

 private:
  std::optional<std::uint64_t> next_;
  MediaDuration pause_{0};
  bool has_ended_ = false;
};

}  // namespace subtide
