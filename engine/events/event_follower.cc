#include "engine/events/event_follower.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

using std::chrono::milliseconds;

// What is under way when the log is asked where it stands arrives within this.
constexpr milliseconds kUnderWay{100};
// The log is asked more and more seldom while it does not answer.
constexpr milliseconds kLongestPause{10'000};

milliseconds until(std::chrono::steady_clock::time_point moment) {
  const auto left = std::chrono::ceil<milliseconds>(moment - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(0));
}

}  // namespace

EventFollower::EventFollower(EventFeed feed, EventReplay replay, EventFilter filter,
                             const FollowerOptions& options)
    : feed_(std::move(feed)),
      replay_(std::move(replay)),
      filter_(std::move(filter)),
      options_(options),
      watch_(SequenceWatch::FirstSeen::kCountsFromOne),
      next_check_(Clock::now() + options.check_every),
      check_pause_(options.check_every) {}

Result<EventFollower> EventFollower::connect(const BusEndpoints& endpoints, EventFilter filter,
                                             const FollowerOptions& options) {
  // The feed first: what is published from now on waits there while the log is read.
  auto feed = EventFeed::connect(endpoints.subscribe, filter, options.keys, options.limits);
  if (!feed) return feed.error();
  auto replay = EventReplay::connect(endpoints.state, options.keys, options.answer_within);
  if (!replay) return replay.error();
  EventFollower follower(std::move(*feed), std::move(*replay), std::move(filter), options);
  if (const auto joined = follower.join(); !joined) return joined.error();
  return follower;
}

Status EventFollower::join() {
  if (!options_.from_row) return take_snapshot();
  auto base = replay_.heads();
  if (!base) return base.error();
  base_ = std::move(*base);
  // What lies before the row is not wanted, so a family's first number says nothing yet.
  watch_.set_first_seen(SequenceWatch::FirstSeen::kAnyIsNext);
  known_row_ = std::max<std::uint64_t>(*options_.from_row, 1) - 1;
  is_catching_up_ = true;
  return ok();
}

Result<std::optional<Heard>> EventFollower::receive(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  bool is_over = false;
  while (waiting_.empty() && !is_over) {
    is_over = Clock::now() >= deadline;
    if (is_catching_up_) {
      if (const auto done = catch_up(); !done) return done.error();
      continue;
    }
    if (Clock::now() >= next_check_) ask_for_heads();
    const auto pause = comparison_ ? comparison_->not_before : next_check_;
    auto event = feed_.next(until(std::min(deadline, pause)));
    if (!event) return event.error();
    if (*event) take_live(std::move(**event));
    compare(!event->has_value());
  }
  if (waiting_.empty()) return std::nullopt;
  Heard heard = std::move(waiting_.front());
  waiting_.pop_front();
  return heard;
}

void EventFollower::deliver(ReceivedEvent event, HeardEvent::Origin origin) {
  if (filter_.matches(event.name)) waiting_.emplace_back(HeardEvent{std::move(event), origin});
}

void EventFollower::take_live(ReceivedEvent event) {
  if (!event.sequence) return deliver(std::move(event), HeardEvent::Origin::kLive);
  const std::string family(family_of(event.name));
  switch (watch_.judge(event.source, family, *event.sequence)) {
    case SequenceWatch::Verdict::kRepeated:
      return;
    case SequenceWatch::Verdict::kNext:
      watch_.advance(event.source, family, *event.sequence);
      return deliver(std::move(event), HeardEvent::Origin::kLive);
    case SequenceWatch::Verdict::kGap:
      begin_catching_up({event.source, family, watch_.last(event.source, family) + 1,
                         *event.sequence, BusGap::Action::kNone});
      held_ = std::move(event);
      return;
  }
}

void EventFollower::begin_catching_up(BusGap gap) {
  untold_gap_ = std::move(gap);
  is_catching_up_ = true;
  comparison_.reset();
}

Status EventFollower::catch_up() {
  const auto page = replay_.read_from(known_row_ + 1);
  const bool is_given_up = !page && page.error().code == ErrorCode::kNotFound;
  const bool is_other_log = page && page->last_row < known_row_;
  Status done = ok();
  if (is_given_up || is_other_log) {
    done = take_snapshot();
  } else {
    done = page ? take_page(*page) : Status(page.error());
  }
  if (!done) return fail_to_catch_up(done.error());
  failed_tries_ = 0;
  return ok();
}

Status EventFollower::take_page(const ReplayPage& page) {
  tell_gap(BusGap::Action::kReplay);
  for (const auto& logged : page.events) {
    known_row_ = logged.row;
    auto event = parse_envelope(logged.json);
    if (!event || !event->sequence || !filter_.covers(event->name)) continue;
    const std::string family(family_of(event->name));
    const auto verdict = watch_.judge(event->source, family, *event->sequence);
    if (verdict == SequenceWatch::Verdict::kRepeated) continue;
    if (verdict == SequenceWatch::Verdict::kGap) tell_hole(*event);
    watch_.advance(event->source, family, *event->sequence);
    deliver(std::move(*event), HeardEvent::Origin::kReplay);
  }
  if (page.events.empty() || known_row_ >= page.last_row) finish_catching_up();
  return ok();
}

Status EventFollower::take_snapshot() {
  const auto snapshot = replay_.snapshot();
  if (!snapshot) return snapshot.error();
  tell_gap(BusGap::Action::kSnapshot);
  for (const auto& json : snapshot->values) {
    auto event = parse_envelope(json);
    if (!event || !event->sequence) continue;
    // One that was heard before the gap is no news.
    const auto verdict = watch_.judge(event->source, family_of(event->name), *event->sequence);
    if (verdict == SequenceWatch::Verdict::kRepeated) continue;
    deliver(std::move(*event), HeardEvent::Origin::kSnapshot);
  }
  for (const auto& head : snapshot->heads) {
    watch_.advance(head.source, head.family, head.sequence);
  }
  known_row_ = snapshot->row;
  finish_catching_up();
  return ok();
}

Status EventFollower::fail_to_catch_up(const Error& error) {
  if (++failed_tries_ >= options_.most_tries) {
    failed_tries_ = 0;
    if (!held_) tell_gap(BusGap::Action::kNone);
    untold_gap_.reset();  // an event that is held tells the gap itself
    finish_catching_up();
  }
  return error;
}

void EventFollower::finish_catching_up() {
  is_catching_up_ = false;
  settle_base();
  if (!held_) return;
  ReceivedEvent event = std::move(*held_);
  held_.reset();
  const std::string family(family_of(event.name));
  const auto verdict = watch_.judge(event.source, family, *event.sequence);
  if (verdict == SequenceWatch::Verdict::kRepeated) return;
  if (verdict == SequenceWatch::Verdict::kGap) tell_hole(event);
  watch_.advance(event.source, family, *event.sequence);
  deliver(std::move(event), HeardEvent::Origin::kLive);
}

void EventFollower::settle_base() {
  if (!base_) return;
  for (const auto& head : base_->heads) {
    if (watch_.last(head.source, head.family) > 0) continue;
    watch_.advance(head.source, head.family, head.sequence);
  }
  watch_.set_first_seen(SequenceWatch::FirstSeen::kCountsFromOne);
  base_.reset();
}

/// The log does not have what is missing before `event` either.
void EventFollower::tell_hole(const ReceivedEvent& event) {
  const std::string family(family_of(event.name));
  const std::uint64_t expected = watch_.last(event.source, family) + 1;
  waiting_.emplace_back(
      BusGap{event.source, family, expected, *event.sequence, BusGap::Action::kNone});
}

void EventFollower::tell_gap(BusGap::Action action) {
  if (!untold_gap_) return;
  untold_gap_->action = action;
  waiting_.emplace_back(std::move(*untold_gap_));
  untold_gap_.reset();
}

void EventFollower::ask_for_heads() {
  auto heads = replay_.heads();
  check_pause_ = heads ? options_.check_every : std::min(check_pause_ * 2, kLongestPause);
  next_check_ = Clock::now() + check_pause_;
  if (heads) comparison_ = {std::move(*heads), Clock::now() + kUnderWay};
}

std::optional<BusGap> EventFollower::missing_since(const EventSnapshot& heads) const {
  for (const auto& head : heads.heads) {
    if (!filter_.covers(head.family + ".")) continue;
    const std::uint64_t seen = watch_.last(head.source, head.family);
    if (seen < head.sequence) {
      return BusGap{head.source, head.family, seen + 1, head.sequence, BusGap::Action::kNone};
    }
  }
  return std::nullopt;
}

/// Once all that the log had has been heard, it need not be read again; if not, and nothing is
/// under way any more, something was lost.
void EventFollower::compare(bool is_idle) {
  if (!comparison_ || is_catching_up_) return;
  auto gap = missing_since(comparison_->heads);
  if (!gap) {
    known_row_ = std::max(known_row_, comparison_->heads.row);
    comparison_.reset();
  } else if (is_idle && Clock::now() >= comparison_->not_before) {
    begin_catching_up(std::move(*gap));
  }
}

}  // namespace subtide
