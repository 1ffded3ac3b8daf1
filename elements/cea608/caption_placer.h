#pragma once

#include <gst/gst.h>

#include <deque>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cea608_encoder.h"

namespace subtide {

/// Shares the pairs of frames out among access units, which come in decoding order: each gets what
/// the frame that it shows must carry, so the pairs are in order where a viewer sees them.
///
/// A pair whose frame never comes (the video skipped it) goes to the next access unit shown; null
/// pairs among these are dropped, and so are pairs that found no access unit for a second.
///
/// Time:    pairs and access units on one timeline (PTS).
/// Owner:   the caller; copyable. Threads: one at a time. Errors: none.
class CaptionPlacer {
 public:
  /// Pairs in order of their times.
  void add(const Cea608Slot& slot);

  /// True when all pairs of frames up to `end` have been added.
  bool knows(MediaTime end) const { return known_until_ >= end; }

  /// The pairs for the access unit that shows `shown`. `decoded` is its DTS: nothing that comes
  /// later is shown earlier than that.
  std::vector<Cea608Pair> take(TimeSpan shown, MediaTime decoded);

  /// Forgets all pairs: after a flush.
  void drop();

 private:
  std::vector<Cea608Pair> take_up_to(TimeSpan shown);

  std::deque<Cea608Slot> slots_;
  MediaTime known_until_{0};
};

/// Puts the pairs on a coded buffer as GstVideoCaptionMeta (cc_data), which tidemeta writes as SEI.
/// The buffer must be writable. Nothing happens without pairs.
void attach_captions(GstBuffer* buffer, Cea608Field field, std::span<const Cea608Pair> pairs);

}  // namespace subtide
