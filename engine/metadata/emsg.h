#pragma once

#include <cstdint>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/metadata/bytes.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

inline constexpr std::string_view kId3Scheme = "https://aomedia.org/emsg/ID3";
/// What older writers say.
inline constexpr std::string_view kOldId3Scheme = "https://developer.apple.com/streaming/emsg-id3";
inline constexpr std::uint32_t kUnknownDuration = 0xFFFFFFFF;

/// An event message box of DASH and CMAF. Boxes with the same scheme, value and id are one event.
///
/// Time: in `timescale` units; `time` is on the track's own timeline in version 1, and counted from
///       the beginning of the segment in version 0.
struct EventMessage {
  std::string scheme;
  std::string value;
  std::uint32_t timescale = 90'000;
  std::uint64_t time = 0;
  std::uint32_t duration = kUnknownDuration;
  std::uint32_t id = 0;
  Bytes message;
  int version = 1;

  bool operator==(const EventMessage&) const = default;
};

/// The box of an item: an ID3 tag, the class as value, an id that only hangs on the item's id.
/// `shown` is the item's time on the track's timeline.
EventMessage make_event_message(const TimedMetadata& item, MediaTime shown,
                                std::uint32_t timescale);

/// Always a box of version 1.
Bytes write_emsg(const EventMessage& message);

/// Reads one whole box "emsg" of either version. Errors: kBadInput.
Result<EventMessage> read_emsg(ByteView box);

/// The item in a message with an ID3 scheme; its time is the box's time plus, in version 0,
/// `segment_begin`. Errors: kUnsupported (another scheme), those of read_id3().
Result<TimedMetadata> read_item(const EventMessage& message, MediaTime segment_begin);

}  // namespace subtide
