#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/subtitles/cea608_clock.h"
#include "engine/subtitles/cea608_code.h"
#include "engine/subtitles/cea608_rows.h"
#include "engine/subtitles/cea608_steps.h"
#include "engine/subtitles/cue.h"

namespace subtide {

enum class Cea608Mode {
  kPopOn,    ///< loaded out of sight, shown whole on the in-time
  kPaintOn,  ///< written in sight from the in-time on
  kRollUp2,  ///< rows scroll through a window of two, three or four
  kRollUp3,
  kRollUp4,
};

struct Cea608Options {
  Cea608Mode mode = Cea608Mode::kPopOn;
  Cea608Channel channel = Cea608Channel::kCc1;
  FrameRate frame_rate;
  int base_row = 15;  ///< the lowest row in use
  /// Roll-up: the screen is cleared so long after a cue's out-time when no other follows. 0: at the
  /// out-time. The other modes always clear at the out-time.
  MediaDuration erase_after = std::chrono::seconds(16);
};

/// What one frame carries.
struct Cea608Slot {
  TimeSpan span;  ///< from this frame with a pair to the next
  Cea608Pair pair;
  bool operator==(const Cea608Slot&) const = default;
};

/// Cues in, one byte pair for each frame that carries one out; null pairs in between. Only final
/// text may come in: what was sent cannot be taken back.
///
/// - Pop-on loads a cue as late as it can, so that its End Of Caption lies on the frame of the
///   in-time, and the erasure on the frame of the out-time; a cue that follows at once takes the
///   place of the erasure. Where the frames between two cues are too few, or the cue came late, it
///   is shown late and as long as it should have been, but never dropped; a note says how late.
/// - Paint-on starts to write on the in-time. Roll-up starts a row when its first word is spoken,
/// at
///   most two a second; no row ends inside a word unless the word is wider than the screen.
///
/// Time:    media time; cues in order of their in-times. Slots follow each other without a hole,
///          from the one at or after the time given to create() or restart().
/// Owner:   the caller; movable.
/// Threads: starts none; one at a time.
/// Errors:  create() refuses a frame rate without 608 and a base row that leaves too few rows
///          (kInvalidArgument). Nothing else can fail.
class Cea608Encoder {
 public:
  static Result<Cea608Encoder> create(const Cea608Options& options, MediaTime from = MediaTime(0));

  /// No cue that comes after it begins earlier.
  void push(const Cue& cue);
  /// No cue still to come begins before `watermark`.
  void advance(MediaTime watermark);
  /// No cue is to come: slots are settled up to the one that clears the screen.
  void finish();
  /// The next slot, as soon as no cue to come can change it.
  std::optional<Cea608Slot> next();

  /// Forgets everything and goes on from `from`, after a flush or in a new segment. What a decoder
  /// still shows is cleared first.
  void restart(MediaTime from);

  /// How much earlier than shown a cue of two full rows must be known to be shown in time.
  MediaDuration lead() const;
  /// What became of cues since the last call.
  std::vector<Cea608Note> take_notes();

 private:
  using Slot = Cea608Clock::Slot;

  /// Something to show: a pop-on or paint-on page, a row of roll-up.
  struct Page {
    std::vector<Cea608Step> load;  ///< sent out of sight, ahead of time
    std::vector<Cea608Step> show;  ///< the first of these is due at `in`
    Slot in = 0;
    Slot out = 0;  ///< when the screen is cleared if nothing follows
    std::size_t sent = 0;
    std::optional<Slot> begun;  ///< when the first of `show` went out
    std::string cue_id;
    TimeSpan span;
    MediaTime due{0};
  };

  Cea608Encoder(const Cea608Options& options, const Cea608Clock& clock, MediaTime from);
  bool is_roll_up() const { return options_.mode >= Cea608Mode::kRollUp2; }
  void add_pages(const Cue& cue, std::vector<Cea608Row> rows);
  void add_page(const Cue& cue, std::span<const Cea608Row> rows, TimeSpan span);
  bool is_settled() const;
  Cea608Pair choose();
  Cea608Pair send(const Cea608Step& step);
  Cea608Pair erase();
  bool must_erase() const;
  bool must_load() const;
  bool may_show() const;
  Cea608Pair load_next();
  Cea608Pair show_next();
  void begin_page();

  Cea608Options options_;
  Cea608Clock clock_;
  Slot now_ = 0;  ///< the next slot to give
  Slot settled_ = 0;
  bool is_finished_ = false;
  std::deque<Page> pages_;
  std::optional<Slot> shown_out_;  ///< something is shown, and is to be cleared then
  std::optional<Cea608Pair> repeat_;
  std::optional<Slot> last_row_;  ///< when the last roll-up row began
  std::vector<Cea608Note> notes_;
};

}  // namespace subtide
