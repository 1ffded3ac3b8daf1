#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// What the bytes of a timed metadata item are.
enum class PayloadKind {
  kNone,
  kJson,    ///< UTF-8 text of one JSON value
  kBinary,  ///< anything
  kId3,     ///< a whole ID3v2.4 tag
  kScte35,  ///< a whole splice_info_section, from 0xFC to its CRC-32
  kKlv,     ///< whole KLV sets
};

/// Something that happens at a time of the stream and is carried inside it: a marker.
///
/// Time: `at` is media time (engine time of a live stream).
struct TimedMetadata {
  std::string id;          ///< unique in the stream; the same id is the same event
  std::string class_name;  ///< what kind of event, reverse DNS: "com.example.goal"
  MediaTime at{0};
  std::optional<MediaDuration> duration;
  PayloadKind kind = PayloadKind::kNone;
  std::vector<std::uint8_t> payload;
  std::string origin;  ///< "cli", "http", "zmq", "file", "source"

  bool operator==(const TimedMetadata&) const = default;
};

}  // namespace subtide
