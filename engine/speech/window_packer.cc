#include "engine/speech/window_packer.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

#include "engine/speech/audio_tape.h"

namespace subtide {

// Every decision about a media time is made when the audio has passed it by the history: by then
// all events about it have come. That is what makes windows independent of buffer sizes.
struct WindowPacker::State {
  struct Speech {
    MediaTime begin{0};
    std::optional<MediaTime> end;
  };

  explicit State(const WindowPackerOptions& given)
      : options(given), room_limit(static_cast<std::size_t>(duration_to_samples(given.maximum))) {}

  void begin_speech(MediaTime at);
  void end_speech(MediaTime at);
  void decide(std::optional<MediaTime> known, std::vector<Window>& closed);
  bool decide_first(const Speech& speech, MediaTime known, std::vector<Window>& closed);
  void add(const std::vector<AudioTape::Piece>& pieces);
  void close_window(std::vector<Window>& closed);
  void close_after_pause(MediaTime silent_to, std::vector<Window>& closed);
  MediaDuration look_back() const { return assumes_speech ? MediaDuration(0) : options.history; }
  MediaTime oldest_needed() const;
  std::vector<Window> go_on();
  std::vector<Window> end_all();

  WindowPackerOptions options;
  std::size_t room_limit;
  bool assumes_speech = false;
  AudioTape tape;
  std::deque<Speech> speech;  ///< not yet in a window; only the last may be without end
  MediaTime taken_to = MediaTime::min();
  std::vector<std::int16_t> samples;  ///< the window being filled
  std::vector<WindowPiece> pieces;
  MediaTime filled_to{0};
};

void WindowPacker::State::begin_speech(MediaTime at) {
  if (!speech.empty() && !speech.back().end) return;
  const MediaTime after = speech.empty() ? taken_to : *speech.back().end;
  speech.push_back({std::max(at, after), std::nullopt});
}

void WindowPacker::State::end_speech(MediaTime at) {
  if (speech.empty() || speech.back().end) return;
  if (at <= speech.back().begin) {
    speech.pop_back();
  } else {
    speech.back().end = at;
  }
}

void WindowPacker::State::add(const std::vector<AudioTape::Piece>& more) {
  for (const auto& piece : more) {
    if (pieces.empty() || piece.begin != filled_to) {
      pieces.push_back({samples.size(), piece.begin});
    }
    samples.insert(samples.end(), piece.samples.begin(), piece.samples.end());
    filled_to = piece.end();
  }
}

void WindowPacker::State::close_window(std::vector<Window>& closed) {
  auto window = AudioWindow::create(std::exchange(samples, {}), std::exchange(pieces, {}));
  assert(window && "the tape gives pieces in order");
  closed.push_back(std::move(*window));
}

void WindowPacker::State::close_after_pause(MediaTime silent_to, std::vector<Window>& closed) {
  const MediaDuration pause = options.close_after_silence;
  if (!samples.empty() && pause > MediaDuration(0) && silent_to - filled_to > pause) {
    close_window(closed);
  }
}

// True when the first speech, or a part of it, left the list.
bool WindowPacker::State::decide_first(const Speech& first, MediaTime known,
                                       std::vector<Window>& closed) {
  close_after_pause(first.begin, closed);
  const bool is_whole = first.end && *first.end <= tape.end();
  const auto heard = tape.pieces({first.begin, is_whole ? *first.end : known});
  const std::size_t length = count_samples(heard);
  if (!samples.empty() && samples.size() + length > room_limit) close_window(closed);
  if (length > room_limit) {
    const auto part = first_samples(heard, quietest_cut(heard, room_limit));
    add(part);
    taken_to = part.back().end();
    speech.front().begin = taken_to;
    close_window(closed);
    return true;
  }
  if (!is_whole) return false;
  add(heard);
  taken_to = *first.end;
  speech.pop_front();
  return true;
}

void WindowPacker::State::decide(std::optional<MediaTime> known, std::vector<Window>& closed) {
  if (tape.empty()) return;
  const MediaTime decided = known.value_or(tape.end() - look_back());
  while (!speech.empty() && decide_first(Speech(speech.front()), decided, closed)) {
  }
  if (speech.empty()) close_after_pause(decided, closed);
}

MediaTime WindowPacker::State::oldest_needed() const {
  if (tape.empty()) return MediaTime::min();
  const MediaTime reachable = std::max(tape.end() - look_back(), tape.begin());
  return speech.empty() ? reachable : std::min(reachable, speech.front().begin);
}

std::vector<WindowPacker::Window> WindowPacker::State::go_on() {
  std::vector<Window> closed;
  decide(std::nullopt, closed);
  tape.forget_before(oldest_needed());
  return closed;
}

std::vector<WindowPacker::Window> WindowPacker::State::end_all() {
  std::vector<Window> closed;
  if (!tape.empty()) {
    end_speech(tape.end());
    for (Speech& each : speech) each.end = std::min(*each.end, tape.end());
    decide(tape.end(), closed);
  }
  if (!samples.empty()) close_window(closed);
  speech.clear();
  tape.clear();
  taken_to = MediaTime::min();
  return closed;
}

Result<WindowPacker> WindowPacker::create(const WindowPackerOptions& options) {
  const MediaDuration zero(0);
  if (options.maximum < std::chrono::seconds(1) || options.maximum > std::chrono::minutes(10)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "a longest window of {} s: give 1 to 600 seconds",
                      to_seconds(options.maximum));
  }
  if (options.close_after_silence < zero || options.history < zero) {
    return make_error(ErrorCode::kInvalidArgument,
                      "close-after-silence and history may not be negative");
  }
  return WindowPacker(std::make_unique<State>(options));
}

WindowPacker::WindowPacker(std::unique_ptr<State> state) : state_(std::move(state)) {}
WindowPacker::WindowPacker(WindowPacker&&) noexcept = default;
WindowPacker& WindowPacker::operator=(WindowPacker&&) noexcept = default;
WindowPacker::~WindowPacker() = default;

void WindowPacker::assume_speech() { state_->assumes_speech = true; }

std::vector<WindowPacker::Window> WindowPacker::push(MediaTime begin,
                                                     std::span<const std::int16_t> samples) {
  State& state = *state_;
  if (samples.empty()) return {};
  std::vector<Window> closed;
  const AudioTape::Joint joint = state.tape.joint(begin);
  if (joint == AudioTape::Joint::kBackward) {
    closed = state.end_all();
  } else if (joint == AudioTape::Joint::kGap && !state.tape.empty()) {
    state.end_speech(state.tape.end());
  }
  state.tape.append(begin, samples);
  if (state.assumes_speech) {
    const auto length = samples_to_duration(static_cast<std::int64_t>(samples.size()));
    state.begin_speech(state.tape.end() - length);
  }
  const std::vector<Window> more = state.go_on();
  closed.insert(closed.end(), more.begin(), more.end());
  return closed;
}

std::vector<WindowPacker::Window> WindowPacker::speech_started(MediaTime at) {
  if (state_->assumes_speech) return {};
  state_->begin_speech(at);
  return state_->go_on();
}

std::vector<WindowPacker::Window> WindowPacker::speech_ended(MediaTime at) {
  if (state_->assumes_speech) return {};
  state_->end_speech(at);
  return state_->go_on();
}

std::vector<WindowPacker::Window> WindowPacker::finish() { return state_->end_all(); }

MediaTime WindowPacker::watermark() const {
  if (!state_->pieces.empty()) return state_->pieces.front().begin;
  return std::max(state_->oldest_needed(), state_->taken_to);
}

}  // namespace subtide
