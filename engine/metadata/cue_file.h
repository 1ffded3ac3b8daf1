#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// Payloads above this are refused: a carrier has to hold them whole, and an ID3 tag in MPEG-TS
/// must fit into one PES packet of 64 KiB, an SEI message as base64.
inline constexpr std::size_t kLargestPayload = 40'000;

/// When a marker is wanted, as a person or a program says it.
struct MarkerTime {
  enum class Kind {
    kNow,      ///< "now": the next access unit
    kFromNow,  ///< "+2s", "+250ms": `offset` after now
    kMedia,    ///< "12.480" or 12.48: media time `offset`
    kWall,     ///< an RFC 3339 instant: `wall`
  };
  Kind kind = Kind::kNow;
  MediaTime offset{0};
  WallTime wall{};

  bool operator==(const MarkerTime&) const = default;
};

/// A marker that is asked for: `item.at` stands for nothing until resolve() has given it.
struct MetadataRequest {
  MarkerTime when;
  TimedMetadata item;

  bool operator==(const MetadataRequest&) const = default;
};

/// Errors: kInvalidArgument says what the text could have been.
Result<MarkerTime> parse_marker_time(std::string_view text);

/// Media time of `when`. `now` is media time too.
MediaTime resolve(const MarkerTime& when, MediaTime now, const Epoch& epoch);

/// Reads one JSON object as a line of a cue file has it (cue.schema.json). `where` begins every
/// message: "cue file goals.jsonl, line 3".
///
/// Errors: kBadInput names the field and what was expected there. Never throws.
Result<MetadataRequest> parse_metadata_request(std::string_view json, std::string_view where);

/// Reads a whole cue file: one object a line; empty lines do not count. An id that a line before
/// had is an error. Items have the origin "file".
Result<std::vector<MetadataRequest>> parse_cue_file(std::string_view text, std::string_view name);

/// The item as one line of a cue file, without line feed; `at` as media seconds. What
/// parse_metadata_request() and resolve() make of it is the item again, but for `origin`.
std::string write_cue_line(const TimedMetadata& item);

/// "json", "binary", "id3", "scte35", "klv"; "none".
std::string_view to_string(PayloadKind kind);

/// "2026-11-21T22:39:08.123Z", rounded to the millisecond.
std::string format_wall_time(WallTime instant);

}  // namespace subtide
