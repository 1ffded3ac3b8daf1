#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cue.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// Moves laid out cues to shot changes: an in-time within half a second of one goes to it, an
/// out-time within half a second of one goes to two frames before it.
///
/// No move breaks what the layout gave: cues stay in order and the minimum gap apart, none becomes
/// longer than allowed, and none shorter than its reading speed and the shortest duration want, or
/// than it was. Of two changes the nearer counts; an in-time goes before the out-time ahead of it.
///
/// A cue waits until the changes near it are known, and for its neighbour, or for word that there
/// is none near it. What comes out depends on cues and changes alone, not on which came first;
/// take_all() is the exception.
///
/// Time:    cues on the text's timeline, in order, in whole milliseconds. Changes on one of their
///          own, in order; set_offset() says how far apart the two are.
/// Owner:   the caller; movable. It keeps the cues that wait, and the changes around and behind
///          them.
/// Threads: one at a time. Errors: none.
class ShotSnap {
 public:
  void add(Cue cue, const LayoutRules& rules);
  /// No cue still to come begins before `time`.
  void advance(MediaTime time);
  /// No cue comes any more.
  void end_cues() { has_ended_ = true; }

  void add_shot(MediaTime time);
  /// No change still to come lies before `time`.
  void know_until(MediaTime time);
  /// No change comes any more.
  void end_shots() { are_all_known_ = true; }
  /// What to add to the time of a change for the text's time.
  void set_offset(MediaDuration offset) { offset_ = offset; }

  /// The cues that are settled.
  std::vector<Cue> take();
  /// All cues, settled by the changes known so far: live, or before a jump. What comes then may
  /// begin anywhere behind the last of them, and after end_cues() anywhere at all.
  std::vector<Cue> take_all();

  std::size_t size() const { return waiting_.size() + (held_ ? 1 : 0); }
  /// No cue that waits begins before this; nothing when none waits.
  std::optional<MediaTime> earliest() const;
  /// How much earlier than laid out a cue may begin.
  static MediaDuration reach();

  void drop_cues();
  /// Another timeline of the video.
  void drop_shots();

 private:
  /// A cue, and what its rules allow.
  struct Item {
    Cue cue;
    TimeSpan laid_out;
    MediaDuration shortest{0};
    MediaDuration longest{0};
    MediaDuration gap{0};
    MediaDuration chain{0};
    MediaDuration lead_out{0};  ///< from an out-time to the change behind it
  };

  bool is_known(MediaTime time) const;
  bool has_no_neighbour() const;
  std::vector<MediaTime> near(MediaTime time) const;
  MediaTime choose_begin(const Item& item) const;
  MediaTime choose_end(std::optional<MediaTime> next_begin) const;
  void settle(bool must);
  void begin_next();
  void give_held(MediaTime end);
  void prune();

  std::deque<Item> waiting_;  ///< begin not settled yet
  std::optional<Item> held_;  ///< begin settled, end not
  std::vector<Cue> settled_;
  std::optional<MediaTime> floor_;  ///< no cue may begin earlier
  std::optional<MediaTime> advanced_;
  bool has_ended_ = false;

  std::deque<MediaTime> shots_;
  std::optional<MediaTime> known_until_;
  bool are_all_known_ = false;
  MediaDuration offset_{0};
};

}  // namespace subtide
