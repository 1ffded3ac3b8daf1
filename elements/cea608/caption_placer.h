#pragma once

#include <gst/gst.h>

#include <algorithm>
#include <deque>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cea608_encoder.h"

namespace subtide {

/// Shares the pairs of frames out among access units, which come in decoding order: each gets what
/// the frame that it shows must carry, so the pairs are in order where a viewer sees them.
///
/// A pair whose frame has passed (the video skipped it, or the caption came late) goes to the next
/// access units shown, a few on each; null pairs among these are dropped, and so is what found no
/// access unit for ten seconds, or while captions went on for three minutes without video. A
/// caption that is shown late stands as long as it was to: the screen is cleared as much later.
///
/// Time:    pairs and access units on one timeline (PTS).
/// Owner:   the caller; copyable. Threads: one at a time. Errors: none.
class CaptionPlacer {
 public:
  /// Pairs in order of their times.
  void add(const Cea608Slot& slot);

  /// There are no pairs before `until` but those added.
  void advance(MediaTime until) { known_until_ = std::max(known_until_, until); }

  /// True when all pairs of frames up to `end` have been added.
  bool knows(MediaTime end) const { return known_until_ >= end; }

  /// The pairs for the access unit that shows `shown`. `decoded` is its DTS: nothing that comes
  /// later is shown earlier than that.
  std::vector<Cea608Pair> take(TimeSpan shown, MediaTime decoded);

  /// Forgets all pairs: after a flush.
  void drop();

 private:
  std::vector<Cea608Pair> take_up_to(TimeSpan shown);
  bool must_wait(const Cea608Slot& slot, TimeSpan shown);

  std::deque<Cea608Slot> slots_;
  MediaTime known_until_{0};
  MediaDuration late_{0};  ///< of the caption on the screen
};

/// Puts the pairs on a coded buffer as GstVideoCaptionMeta (cc_data), which tidemeta writes as SEI.
/// The buffer must be writable. Nothing happens without pairs.
void attach_captions(GstBuffer* buffer, Cea608Field field, std::span<const Cea608Pair> pairs);

}  // namespace subtide
