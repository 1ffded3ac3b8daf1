#pragma once

#include <optional>
#include <vector>

#include "engine/subtitles/cue.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// How long a cue wants to be shown: long enough to read, and by the rules neither too short nor
/// too long.
MediaDuration wanted_duration(const Cue& cue, const LayoutRules& rules);

/// Settles when each cue is shown: from its first word to its last, longer where reading needs it
/// and time is free, earlier where that does not suffice, and close to its neighbour where a short
/// gap would flicker. A cue waits for its neighbour, or for word that there is none.
///
/// Time:    cues come in with the span of their words, in order; they go out in whole milliseconds,
///          ordered, never overlapping, at least the minimum gap apart and with a positive
///          duration.
/// Owner:   the caller. Threads: one at a time. Errors: none.
class CueTiming {
 public:
  explicit CueTiming(const LayoutRules& rules);

  /// `may_trail`: the last word ends no sentence and no clause, so trail_off() may follow.
  void add(Cue cue, bool may_trail, std::vector<Cue>& out);

  /// Marks the cue added last as broken off in mid-sentence, where the line has room.
  void trail_off();

  /// No cue will have words before `time`.
  void advance(MediaTime time, std::vector<Cue>& out);

  /// Live: gives what is held at once. No word will begin before `quiet_to`; a cue is shown no
  /// longer than to its last word, or as far into that quiet as reading wants.
  void publish(MediaTime quiet_to, std::vector<Cue>& out);

  /// No more cues, or a jump: what comes then may begin anywhere.
  void finish(std::vector<Cue>& out);

 private:
  struct Waiting {
    Cue cue;
    TimeSpan words;  ///< from the first word to the last
    bool may_trail = false;
  };

  void settle(Waiting& waiting, std::optional<MediaTime> next_begin) const;
  void move_on(std::optional<MediaTime> next_begin, std::vector<Cue>& out);
  void close_gap(Cue& former, const Cue& cue) const;
  void emit(Cue cue, std::vector<Cue>& out);

  const LayoutRules rules_;
  const MediaDuration gap_;         ///< minimum gap in whole milliseconds
  std::optional<Waiting> waiting_;  ///< its end depends on what comes
  std::optional<Cue> settled_;      ///< only its end may still move up to its neighbour
  std::optional<MediaTime> floor_;  ///< no cue may begin earlier
  std::size_t emitted_ = 0;
};

}  // namespace subtide
