#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/packaging/track_format.h"

namespace subtide {

/// One coded picture, or one block of coded sound.
///
/// Time: engine time. `decode` never falls within a track; `presentation` may lie before it, since
///       a track's decode times are moved so that a key frame decodes when it is shown.
struct Sample {
  MediaTime decode{0};
  MediaTime presentation{0};
  MediaDuration duration{0};
  bool is_independent = true;  ///< a decoder may begin here
  std::string bytes;

  MediaTime end() const { return decode + duration; }
};

/// The bytes of an initialization segment (ftyp, moov) of one track in CMAF's form.
std::string write_init(const TrackFormat& format);

/// The bytes of one CMAF chunk: moof and mdat.
///
/// Decode times are rounded to ticks one by one and durations are their differences, so that
/// chunks touch exactly and nothing drifts over days; 64 bits hold them.
/// `sequence` grows by one with every chunk of the track. Samples must not be empty, and their
/// decode times not negative.
std::string write_fragment(std::uint32_t sequence, const TrackFormat& format,
                           std::span<const Sample> samples);

}  // namespace subtide
