#include "engine/subtitles/shot_snap.h"

#include <algorithm>
#include <utility>

#include "engine/subtitles/cue_layout_timing.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

/// Netflix: cues that begin or end within half a second of a shot change go to it.
constexpr MediaDuration kReach = milliseconds(500);
constexpr int kLeadOutFrames = 2;

/// Down: a cue that begins with a picture must not come one picture later.
MediaTime to_millisecond(MediaTime time) { return std::chrono::floor<milliseconds>(time); }

}  // namespace

MediaDuration ShotSnap::reach() { return kReach; }

void ShotSnap::add(Cue cue, const LayoutRules& rules) {
  Item item;
  item.laid_out = cue.span;
  item.shortest = std::min(wanted_duration(cue, rules), cue.span.duration());
  item.longest = std::max(rules.maximum_duration, cue.span.duration());
  item.gap = std::chrono::ceil<milliseconds>(rules.minimum_gap());
  item.chain = rules.chain_gap;
  item.lead_out = kLeadOutFrames * rules.frame();
  item.cue = std::move(cue);
  has_ended_ = false;
  waiting_.push_back(std::move(item));
}

void ShotSnap::advance(MediaTime time) { advanced_ = std::max(advanced_.value_or(time), time); }

void ShotSnap::add_shot(MediaTime time) {
  if (shots_.empty() || time > shots_.back()) shots_.push_back(time);
  know_until(time);
}

void ShotSnap::know_until(MediaTime time) {
  known_until_ = std::max(known_until_.value_or(time), time);
}

/// All changes near a time are known.
bool ShotSnap::is_known(MediaTime time) const {
  return are_all_known_ || (known_until_ && *known_until_ + offset_ > time + kReach);
}

/// The changes near a time, the nearest first.
std::vector<MediaTime> ShotSnap::near(MediaTime time) const {
  std::vector<MediaTime> found;
  for (const MediaTime shot : shots_) {
    if (std::chrono::abs(shot + offset_ - time) <= kReach) found.push_back(shot + offset_);
  }
  std::ranges::stable_sort(found, {},
                           [time](MediaTime shot) { return std::chrono::abs(shot - time); });
  return found;
}

std::vector<Cue> ShotSnap::take() {
  settle(false);
  return std::exchange(settled_, {});
}

std::vector<Cue> ShotSnap::take_all() {
  settle(true);
  if (has_ended_) drop_cues();
  return std::exchange(settled_, {});
}

void ShotSnap::settle(bool must) {
  while (true) {
    if (!waiting_.empty()) {
      const MediaTime begin = waiting_.front().laid_out.begin;
      const MediaTime needed = held_ ? std::max(held_->laid_out.end, begin) : begin;
      if (!must && !is_known(needed)) break;
      begin_next();
    } else if (held_ && (must || (has_no_neighbour() && is_known(held_->laid_out.end)))) {
      // Nobody said that there is room behind it: then it is not shown longer.
      const bool is_last = has_ended_ || has_no_neighbour();
      give_held(is_last ? choose_end(std::nullopt) : choose_end(held_->laid_out.end + held_->gap));
      held_.reset();
    } else {
      break;
    }
  }
  prune();
}

/// A cue this far behind the held one moves none of its times, and none of its own.
bool ShotSnap::has_no_neighbour() const {
  if (has_ended_) return true;
  return advanced_ && *advanced_ >= held_->laid_out.end + 2 * kReach + held_->chain + held_->gap;
}

void ShotSnap::begin_next() {
  Item next = std::move(waiting_.front());
  waiting_.pop_front();
  const MediaTime begin = choose_begin(next);
  if (held_) give_held(choose_end(begin));
  next.cue.span.begin = begin;
  held_ = std::move(next);
}

MediaTime ShotSnap::choose_begin(const Item& item) const {
  for (const MediaTime shot : near(item.laid_out.begin)) {
    const MediaTime begin = to_millisecond(shot);
    const MediaDuration shown = item.laid_out.end - begin;
    if (shown < item.shortest || shown > item.longest) continue;
    if (floor_ && begin < *floor_) continue;
    if (begin < MediaTime(0) && item.laid_out.begin >= MediaTime(0)) continue;
    if (!held_) return begin;
    const MediaTime end_before = std::min(held_->laid_out.end, begin - held_->gap);
    if (end_before - held_->cue.span.begin >= held_->shortest) return begin;
    if (end_before == held_->laid_out.end) return begin;
  }
  return item.laid_out.begin;
}

MediaTime ShotSnap::choose_end(std::optional<MediaTime> next_begin) const {
  const MediaTime begin = held_->cue.span.begin;
  const MediaTime limit = next_begin ? *next_begin - held_->gap : MediaTime::max();
  for (const MediaTime shot : near(held_->laid_out.end)) {
    if (next_begin && to_millisecond(shot) > *next_begin) continue;
    const MediaTime end = std::min(to_millisecond(shot - held_->lead_out), limit);
    if (end - begin >= held_->shortest && end - begin <= held_->longest) return end;
  }
  // Cues that lay closer than they may do not concern this.
  if (limit < held_->laid_out.end && limit - begin < held_->shortest) return held_->laid_out.end;
  const MediaTime end = std::min(held_->laid_out.end, limit);
  const bool is_near =
      next_begin && *next_begin - end > held_->gap && *next_begin - end <= held_->chain;
  return is_near && limit - begin <= held_->longest ? limit : end;
}

void ShotSnap::give_held(MediaTime end) {
  held_->cue.span.end = end;
  floor_ = end + held_->gap;
  settled_.push_back(std::move(held_->cue));
}

/// Changes that no cue can reach any more are forgotten.
void ShotSnap::prune() {
  const auto from = held_ ? std::optional(held_->cue.span.begin) : floor_;
  if (!from) return;
  while (!shots_.empty() && shots_.front() + offset_ < *from - 2 * kReach) shots_.pop_front();
}

std::optional<MediaTime> ShotSnap::earliest() const {
  if (held_) return held_->cue.span.begin;
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().laid_out.begin - kReach;
}

void ShotSnap::drop_cues() {
  waiting_.clear();
  held_.reset();
  floor_.reset();
  advanced_.reset();
  has_ended_ = false;
}

void ShotSnap::drop_shots() {
  shots_.clear();
  known_until_.reset();
  are_all_known_ = false;
}

}  // namespace subtide
