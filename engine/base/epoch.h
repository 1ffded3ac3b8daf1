#pragma once

#include <chrono>
#include <string>

#include "engine/base/media_time.h"

namespace subtide {

/// An instant of the wall clock, UTC.
using WallTime = std::chrono::system_clock::time_point;

/// A stretch of a live stream in which the source's time and the engine's run side by side. Each
/// (re)connection, discontinuity or change of format opens the next one; a cue never spans two.
///
/// Time: `begins` is engine time, which runs on through all epochs; `source` is the source's own
///       presentation time at that instant, unwrapped.
struct Epoch {
  int number = 0;  ///< from 0
  MediaTime begins{0};
  MediaTime source{0};
  WallTime wall{};     ///< at `begins`
  std::string reason;  ///< "start", "reconnect", "jump", "reset", "format"

  MediaTime to_engine(MediaTime source_time) const { return source_time - source + begins; }
  MediaTime to_source(MediaTime engine_time) const { return engine_time - begins + source; }
  WallTime to_wall(MediaTime engine_time) const {
    return wall + std::chrono::duration_cast<WallTime::duration>(engine_time - begins);
  }
  MediaTime from_wall(WallTime instant) const { return begins + (instant - wall); }

  bool operator==(const Epoch&) const = default;
};

}  // namespace subtide
