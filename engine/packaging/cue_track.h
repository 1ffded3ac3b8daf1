#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The cues of one language between their arrival and their segments.
///
/// A cue that was published is never changed. One that comes late is shown by the segments that are
/// still to come, with its own times, as far as it reaches into them.
///
/// Time:    engine time; cues come in the order of their begins.
/// Owner:   the caller; copyable. Threads: one at a time. Errors: none.
class CueTrack {
 public:
  /// Returns the cue when no segment can show it any more. One without id gets a number as its id.
  std::optional<Cue> push(Cue cue);
  /// No cue that begins before `time` comes any more.
  void advance(MediaTime time);
  MediaTime reached() const { return reached_; }

  /// The bytes of a part of the next segment over `span`; spans follow one another.
  std::string write_part(TimeSpan span);
  /// The bytes of the segment over `span`; spans follow one another.
  std::string write_segment(TimeSpan span);
  /// What no segment showed.
  std::vector<Cue> take_rest();

 private:
  void note_shown(TimeSpan span);

  std::vector<Cue> cues_;        ///< that reach beyond what was published
  std::set<std::string> shown_;  ///< ids of those of them that some segment shows
  MediaTime reached_{0};
  MediaTime published_{0};
  std::uint64_t count_ = 0;
};

}  // namespace subtide
