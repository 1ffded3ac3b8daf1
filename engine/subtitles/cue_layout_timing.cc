#include "engine/subtitles/cue_layout_timing.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace subtide {

namespace {

using std::chrono::milliseconds;

MediaTime to_whole_milliseconds(MediaTime time) { return milliseconds(to_milliseconds(time)); }

MediaDuration round_up(MediaDuration duration) { return std::chrono::ceil<milliseconds>(duration); }

/// A pause longer than this is no pause in mid-sentence any more; so long a cue that may trail off
/// waits for the next word.
constexpr MediaDuration kLongestTrail = std::chrono::seconds(4);

}  // namespace

MediaDuration wanted_duration(const Cue& cue, const LayoutRules& rules) {
  int characters = 0;
  for (const std::string& line : cue.lines) characters += character_count(line);
  const MediaDuration to_read = round_up(from_seconds(characters / rules.reading_speed));
  return std::min(std::max(to_read, round_up(rules.minimum_duration)), rules.maximum_duration);
}

CueTiming::CueTiming(const LayoutRules& rules)
    : rules_(rules), gap_(round_up(rules.minimum_gap())) {}

void CueTiming::settle(Waiting& waiting, std::optional<MediaTime> next_begin) const {
  const MediaTime first_word = to_whole_milliseconds(waiting.words.begin);
  const MediaTime last_word = to_whole_milliseconds(waiting.words.end);
  const MediaTime limit = next_begin ? to_whole_milliseconds(*next_begin) - gap_ : MediaTime::max();
  MediaTime begin = floor_ ? std::max(first_word, *floor_) : first_word;
  const MediaDuration wanted = wanted_duration(waiting.cue, rules_);
  MediaTime end =
      std::max(last_word, std::min(begin + wanted, last_word + rules_.maximum_extension));
  end = std::min(end, limit);
  if (end - begin < wanted) {
    MediaTime earliest = first_word - rules_.maximum_lead;
    if (first_word >= MediaTime::zero()) earliest = std::max(earliest, MediaTime::zero());
    if (floor_) earliest = std::max(earliest, *floor_);
    begin = std::min(begin, std::max(earliest, end - wanted));
  }
  const MediaDuration shortest = round_up(rules_.frame());
  waiting.cue.span = {begin, std::max(end, begin + shortest)};
}

void CueTiming::close_gap(Cue& former, const Cue& cue) const {
  const MediaDuration gap = cue.span.begin - former.span.end;
  if (gap <= gap_ || gap > rules_.chain_gap) return;
  const MediaTime end = cue.span.begin - gap_;
  if (end - former.span.begin <= rules_.maximum_duration) former.span.end = end;
}

void CueTiming::emit(Cue cue, std::vector<Cue>& out) {
  cue.id = std::to_string(++emitted_);
  out.push_back(std::move(cue));
}

void CueTiming::move_on(std::optional<MediaTime> next_begin, std::vector<Cue>& out) {
  if (!waiting_) return;
  settle(*waiting_, next_begin);
  if (settled_) {
    close_gap(*settled_, waiting_->cue);
    emit(std::move(*settled_), out);
  }
  floor_ = waiting_->cue.span.end + gap_;
  settled_ = std::move(waiting_->cue);
  waiting_.reset();
}

void CueTiming::add(Cue cue, bool may_trail, std::vector<Cue>& out) {
  const TimeSpan words = cue.span;
  move_on(words.begin, out);
  waiting_ = Waiting{std::move(cue), words, may_trail};
}

void CueTiming::trail_off() {
  if (!waiting_ || !waiting_->may_trail) return;
  std::string& line = waiting_->cue.lines.back();
  if (character_count(line) < rules_.line_length) line += "…";
}

void CueTiming::advance(MediaTime time, std::vector<Cue>& out) {
  const MediaDuration reach = rules_.maximum_lead + rules_.chain_gap + gap_ + milliseconds(2);
  if (waiting_) {
    Waiting probe = *waiting_;
    settle(probe, std::nullopt);
    MediaTime free_from =
        std::max(probe.cue.span.end, waiting_->words.end + rules_.maximum_extension) + reach;
    if (waiting_->may_trail) free_from = std::max(free_from, waiting_->words.end + kLongestTrail);
    if (time < free_from) return;
  }
  move_on(std::nullopt, out);
  if (settled_ && time >= settled_->span.end + reach) {
    emit(std::move(*settled_), out);
    settled_.reset();
  }
}

void CueTiming::publish(MediaTime quiet_to, std::vector<Cue>& out) {
  if (waiting_) move_on(std::max(quiet_to, waiting_->words.end + gap_), out);
  if (settled_) emit(std::move(*settled_), out);
  settled_.reset();
}

void CueTiming::finish(std::vector<Cue>& out) {
  move_on(std::nullopt, out);
  if (settled_) emit(std::move(*settled_), out);
  settled_.reset();
  floor_.reset();
}

}  // namespace subtide
