#pragma once

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// Lays timed words out as cues: one dynamic programme chooses all cue and line breaks of a stretch
/// at once, by cost.
///
/// A stretch ends at a pause longer than LayoutRules::maximum_silence and at a change of speaker or
/// language. Inside it a cue is settled as soon as no later word can change it, and at the latest
/// after a fixed number of words; so memory is bounded. The same words give the same cues, however
/// they are spread over phrases and calls.
///
/// Time:    word times are in order (overlaps are mended). Cues come in order, in whole
///          milliseconds, never overlap and keep the minimum gap. Cue ids count from 1.
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  create() refuses impossible rules (kInvalidArgument). No word is ever dropped: a word
///          too long for a line is broken between graphemes as the last resort.
class CueLayout {
 public:
  static Result<CueLayout> create(const LayoutRules& rules);
  CueLayout(CueLayout&&) noexcept;
  CueLayout& operator=(CueLayout&&) noexcept;
  ~CueLayout();

  /// Adds words; gives the cues that no later word can change.
  std::vector<Cue> push(const Phrase& phrase);

  /// No words will come before `time`: lets cues out that waited for the free space after them.
  std::vector<Cue> advance(MediaTime time);

  /// Live: every word that ends at or before `due` goes out now, and every whole sentence: one that
  /// a word follows, or quiet. No word will begin before `quiet_to`. What went out is never
  /// changed: later words get cues of their own.
  std::vector<Cue> publish(MediaTime due, MediaTime quiet_to);

  /// The end, or a jump: gives the rest.
  std::vector<Cue> finish();

 private:
  struct State;
  explicit CueLayout(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
