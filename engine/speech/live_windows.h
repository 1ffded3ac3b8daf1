#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/audio_tape.h"
#include "engine/speech/audio_window.h"

namespace subtide {

struct LiveWindowsOptions {
  MediaDuration step = std::chrono::seconds(1);      ///< new audio between two partial decodes
  MediaDuration maximum = std::chrono::seconds(15);  ///< the longest window
  /// A window longer than this begins later next time, where its words are committed …
  MediaDuration trim_after = std::chrono::seconds(6);
  /// … and keeps about this much before the first word that is not, unless a sentence ended there.
  MediaDuration context = std::chrono::seconds(2);
  /// How far back speech events may point; what they say of earlier audio counts from there.
  MediaDuration history = std::chrono::milliseconds(1500);
  std::size_t lanes = 1;  ///< windows that are decoded at once
};

/// One window to be decoded.
struct LiveWindow {
  std::shared_ptr<const AudioWindow> audio;
  bool is_final = false;  ///< nothing more will be heard of it
  MediaTime edge{0};      ///< how far audio had come when the window was known
  TimeSpan span() const { return audio->span(); }
};

/// An event's place among the windows.
struct LiveMark {};
/// A window that was not decoded, for want of time.
struct SkippedWindow {
  TimeSpan span;
};
using LiveStep = std::variant<LiveWindow, LiveMark, SkippedWindow>;

/// Decides what of a live stream is decoded when.
///
/// While somebody speaks, a partial window grows from the first word that is not committed, and is
/// due each `step`; when speech ends, or the window is full, it is final. One partial is in flight
/// at most: by the time the next one can be had it is the newest, those between are never made. A
/// final waits its turn and is never superseded. Finals, marks and skipped windows come in order.
///
/// Time:    media time of the first sample of each push; a jump of more than 40 ms ends the window
///          that was open. Speech events come after their audio, late by `history` at most.
/// Owner:   the caller; movable. Memory: the open window, the history and the finals that wait;
///          skip_oldest() is for who wants to bound the last.
/// Threads: one at a time. Errors: create() refuses bad options (kInvalidArgument).
class LiveWindows {
 public:
  static Result<LiveWindows> create(const LiveWindowsOptions& options);

  /// There is no detector: all audio is speech, and speech events are ignored.
  void assume_speech() { assumes_speech_ = true; }

  void push(MediaTime begin, std::span<const std::int16_t> samples);
  void speech_started(MediaTime at);
  void speech_ended(MediaTime at);
  /// No audio until `to`: whoever spoke is thought to have ended.
  void pass_gap(MediaTime to);
  /// Closes the open window, and puts a mark behind it. Speech goes on in a new window.
  void mark_boundary();
  /// The same, and time begins anew behind it.
  void mark_restart();
  /// Puts a mark behind the windows that are complete by now.
  void mark();

  /// The next step that can be taken now. A window is in flight until done().
  std::optional<LiveStep> next();
  /// The window that has been in flight longest was decoded.
  void done();

  /// A word was committed. A window may begin where it begins, or behind it.
  void committed(TimeSpan word, bool ends_sentence);

  /// Partial windows come each `step`, or not at all.
  void set_step(std::optional<MediaDuration> step) { step_ = step; }
  /// No window is longer than this, nor than the maximum.
  void set_limit(MediaDuration limit) { limit_ = std::min(limit, options_.maximum); }

  /// How long ago the oldest window that is not decoded was heard; 0 when there is none.
  MediaDuration oldest_age() const;
  /// The same of those that wait and are not in flight.
  MediaDuration oldest_waiting_age() const;
  /// Gives up the oldest window that waits. False when none does.
  bool skip_oldest();

  bool has_audio() const { return !tape_.empty(); }
  /// How far audio has come.
  MediaTime edge() const { return edge_; }
  /// No window still to come, in flight or not, holds audio before this.
  MediaTime watermark() const;
  void reset();

 private:
  struct Final {
    LiveWindow window;
  };
  using Item = std::variant<Final, LiveMark, SkippedWindow>;
  struct TrimPoint {
    MediaTime time{0};
    bool ends_sentence = false;
  };
  /// Speech that is under way.
  struct Open {
    MediaTime begin{0};
    std::optional<MediaTime> asked_to;  ///< end of its last partial window
    std::deque<TrimPoint> trims;
  };

  explicit LiveWindows(const LiveWindowsOptions& options);
  void open_at(MediaTime begin);
  void close_at(MediaTime end);
  void trim();
  void cut_full_windows();
  std::shared_ptr<const AudioWindow> audio_of(TimeSpan span) const;
  std::optional<LiveStep> next_partial();
  bool is_partial_in_flight() const;
  LiveWindow fly(LiveWindow window);
  MediaTime reachable() const;
  void forget_audio();

  LiveWindowsOptions options_;
  std::optional<MediaDuration> step_;
  MediaDuration limit_;
  bool assumes_speech_ = false;
  bool is_speech_ = false;  ///< by the detector
  AudioTape tape_;
  std::optional<Open> open_;
  MediaTime edge_{0};
  MediaTime closed_to_ = MediaTime::min();  ///< no new window begins before
  std::deque<Item> items_;
  struct Flight {
    TimeSpan span;
    bool is_final = false;
  };
  std::deque<Flight> in_flight_;
};

}  // namespace subtide
