#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/audio_window.h"

namespace subtide {

struct WindowPackerOptions {
  MediaDuration maximum = std::chrono::seconds(28);  ///< the longest window, silence left out
  /// A pause longer than this between two segments closes the window, so that text waits for the
  /// pause and the history at most (zero: never; batch).
  MediaDuration close_after_silence = std::chrono::seconds(0);
  /// How far back speech events may point: audio is kept that long while nobody speaks, and what a
  /// window holds is decided that long after it was heard.
  MediaDuration history = std::chrono::seconds(5);
};

/// Collects the audio of speech segments and packs it into windows for a recogniser.
///
/// Whole segments are packed together, silence between them left out, until the next one would not
/// fit; a segment longer than the maximum is cut where it is quietest near the limit. Without
/// speech events (speech_started never called, assume_speech()) everything is speech. The windows
/// depend on the audio and the events alone, not on how the audio was cut into buffers, nor on when
/// an event came, as long as it is not later than the history. Events may come before their audio.
///
/// Time:    media time of the first sample of each push; a jump of more than 40 ms against the
///          samples so far ends what was open and starts a new piece (times come from the caller's
///          clock, never from counting samples). A jump backward also closes the window.
/// Owner:   the caller. Memory: at most maximum + history and the latest push.
/// Threads: one at a time. Errors: create() refuses bad options; nothing else can fail.
class WindowPacker {
 public:
  using Window = std::shared_ptr<const AudioWindow>;
  static Result<WindowPacker> create(const WindowPackerOptions& options);
  WindowPacker(WindowPacker&&) noexcept;
  WindowPacker& operator=(WindowPacker&&) noexcept;
  ~WindowPacker();

  /// From now on all audio is speech: there is no detector. Speech events are then ignored.
  void assume_speech();

  /// Each gives the windows that it closed, in order.
  std::vector<Window> push(MediaTime begin, std::span<const std::int16_t> samples);
  std::vector<Window> speech_started(MediaTime at);
  std::vector<Window> speech_ended(MediaTime at);
  std::vector<Window> finish();

  /// No window still to come holds audio before this time.
  MediaTime watermark() const;

 private:
  struct State;
  explicit WindowPacker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
