#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// Longer envelopes are neither sent nor accepted: what is larger goes by file.
inline constexpr std::size_t kLongestEnvelope = std::size_t{512} * 1024;

/// An event as it came over the wire: the envelope read, the data still JSON text.
struct ReceivedEvent {
  std::string name;  ///< "cue.emitted"
  std::string source;
  std::string subject;
  std::string id;
  std::string time;                       ///< as written: "2023-11-14T22:13:20.000042Z"
  std::optional<std::uint64_t> sequence;  ///< facts only
  std::string correlation_id;             ///< empty when there is none
  std::string data;                       ///< JSON text of the data
  std::string json;                       ///< the whole envelope as it came
};

/// Reads an envelope and is strict about it: every attribute that must be there is, of the right
/// form, and there is no other; a known fact carries its sequence and known telemetry none. Names
/// that the catalogue lacks are accepted, so that an older subscriber can follow a newer engine.
/// Errors:  kBadInput. Threads: any.
Result<ReceivedEvent> parse_envelope(std::string_view json);

}  // namespace subtide
