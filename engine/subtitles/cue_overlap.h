#pragma once

#include <vector>

#include "engine/subtitles/cue.h"

namespace subtide {

/// The same texts for where only one can stand at a time, as in MP4: what overlaps becomes cues
/// with the lines of all that stand, in the order of their beginnings.
///
/// Time:    as that of `cues`, which are in the order of their beginnings.
/// Threads: any. Errors: none.
std::vector<Cue> one_at_a_time(const std::vector<Cue>& cues);

}  // namespace subtide
