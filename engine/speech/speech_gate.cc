#include "engine/speech/speech_gate.h"

#include <algorithm>

namespace subtide {
namespace {

// A consumer looks back a few seconds at most (WindowPackerOptions::history), so a split may not
// reach back further.
constexpr MediaDuration kSplitLookBack = std::chrono::milliseconds(2500);
constexpr MediaDuration kTwoWindows = std::chrono::milliseconds(64);

bool is_probability(float value) { return value >= 0.0F && value <= 1.0F; }

}  // namespace

Result<SpeechGate> SpeechGate::create(const SpeechGateOptions& options) {
  const MediaDuration zero(0);
  if (!is_probability(options.threshold) || !is_probability(options.negative_threshold) ||
      options.negative_threshold > options.threshold) {
    return make_error(ErrorCode::kInvalidArgument,
                      "speech thresholds {} and {}: give 0 to 1, the negative one not above",
                      options.threshold, options.negative_threshold);
  }
  if (options.minimum_speech < zero || options.minimum_silence < zero || options.padding < zero) {
    return make_error(ErrorCode::kInvalidArgument,
                      "minimum speech, minimum silence and padding may not be negative");
  }
  const MediaDuration least =
      2 * options.padding + options.minimum_speech + options.minimum_silence + kTwoWindows;
  if (options.maximum_speech < least) {
    return make_error(ErrorCode::kInvalidArgument,
                      "a maximum speech of {} s is too short: give at least {} s, the sum of "
                      "minimum speech, minimum silence and padding on both sides",
                      to_seconds(options.maximum_speech), to_seconds(least));
  }
  return SpeechGate(options);
}

std::vector<GateDecision> SpeechGate::push(TimeSpan window, float probability) {
  std::vector<GateDecision> decisions;
  if (!stream_begin_) stream_begin_ = window.begin;
  stream_end_ = window.end;
  if (probability >= options_.threshold) begin_or_go_on(window);
  if (open_) {
    open_->recent.push_back({window, probability});
    while (open_->recent.front().window.end <= window.end - split_look_back()) {
      open_->recent.pop_front();
    }
    if (probability < options_.negative_threshold && !open_->silence_begin) {
      open_->silence_begin = window.begin;
    }
    tell_start(open_->silence_begin.value_or(window.end), decisions);
    end_after_silence(window, decisions);
    split_if_too_long(window, decisions);
  }
  settle_closing(window.end, decisions);
  return decisions;
}

void SpeechGate::begin_or_go_on(TimeSpan window) {
  if (!open_) open_ = Open{padded_begin(window.begin), window.begin, false, {}, {}};
  open_->silence_begin.reset();
}

MediaTime SpeechGate::padded_begin(MediaTime raw_begin) const {
  MediaTime begin = std::max(raw_begin - options_.padding, *stream_begin_);
  if (last_raw_end_ != MediaTime::min()) {
    begin = std::max(begin, last_raw_end_ + (raw_begin - last_raw_end_) / 2);
  }
  return begin;
}

void SpeechGate::tell_start(MediaTime heard_to, std::vector<GateDecision>& decisions) {
  if (open_->is_told || heard_to - open_->raw_begin < options_.minimum_speech) return;
  settle_before_neighbour(decisions);
  open_->is_told = true;
  decisions.push_back({open_->begin, std::nullopt});
}

void SpeechGate::end_after_silence(TimeSpan window, std::vector<GateDecision>& decisions) {
  if (!open_->silence_begin || window.end - *open_->silence_begin < options_.minimum_silence) {
    return;
  }
  if (open_->is_told) {
    closing_ = Closing{open_->begin, *open_->silence_begin};
    last_raw_end_ = *open_->silence_begin;
  }
  open_.reset();
  settle_closing(window.end, decisions);
}

void SpeechGate::split_if_too_long(TimeSpan window, std::vector<GateDecision>& decisions) {
  if (!open_ || open_->silence_begin) return;
  if (window.end + options_.padding - open_->begin <= options_.maximum_speech) return;
  const auto& recent = open_->recent;
  const auto middle = [](const Heard& heard) {
    return heard.window.begin + heard.window.duration() / 2;
  };
  auto lowest = recent.begin();
  for (auto it = recent.begin(); it != recent.end(); ++it) {
    if (middle(*it) - open_->begin > options_.maximum_speech) break;
    if (it->probability <= lowest->probability) lowest = it;
  }
  const MediaTime at = middle(*lowest);
  decisions.push_back(
      {std::nullopt, SpeechSegment{{open_->begin, at}, SegmentClose::kMaximumLength}});
  decisions.push_back({at, std::nullopt});
  open_->begin = at;
  open_->raw_begin = at;
  open_->recent.erase(recent.begin(), lowest + 1);
}

// A neighbour that is still too short to count does not shorten the padding; nor does one that
// begins beyond the padding of both.
void SpeechGate::settle_closing(MediaTime now, std::vector<GateDecision>& decisions) {
  if (!closing_) return;
  const MediaTime clear = closing_->raw_end + 2 * options_.padding;
  if (now < clear || (open_ && open_->raw_begin < clear)) return;
  decisions.push_back({std::nullopt, closed_segment(now)});
  closing_.reset();
}

void SpeechGate::settle_before_neighbour(std::vector<GateDecision>& decisions) {
  if (!closing_) return;
  const MediaTime half_way = closing_->raw_end + (open_->raw_begin - closing_->raw_end) / 2;
  decisions.push_back({std::nullopt, closed_segment(half_way)});
  closing_.reset();
}

SpeechSegment SpeechGate::closed_segment(MediaTime latest_end) const {
  const MediaTime end = std::min(closing_->raw_end + options_.padding, latest_end);
  return {{closing_->begin, end}, SegmentClose::kSilence};
}

std::optional<SpeechSegment> SpeechGate::finish() {
  std::optional<SpeechSegment> last;
  if (open_ && open_->is_told) {
    const MediaTime raw_end = open_->silence_begin.value_or(stream_end_);
    last = SpeechSegment{{open_->begin, std::min(raw_end + options_.padding, stream_end_)},
                         SegmentClose::kEnd};
  } else if (closing_) {
    last = closed_segment(stream_end_);
  }
  *this = SpeechGate(options_);
  return last;
}

MediaDuration SpeechGate::split_look_back() const {
  return std::min(options_.maximum_speech / 3, kSplitLookBack);
}

MediaDuration SpeechGate::decision_delay() const {
  const MediaDuration borders =
      2 * options_.padding + options_.minimum_speech + options_.minimum_silence;
  return std::max(borders, split_look_back()) + kTwoWindows;
}

}  // namespace subtide
