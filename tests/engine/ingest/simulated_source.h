#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "engine/ingest/timeline_mapper.h"
#include "engine/ingest/timestamp_unwrapper.h"

namespace subtide {

/// A programme of sound (AAC frames at 48 kHz) and pictures (25 per second, with B-frames) that is
/// sent through a TimelineMapper, and a check of everything that comes out.
///
/// The true time of a buffer is known, so the error of what comes out can be told per epoch.
class SimulatedSource {
 public:
  explicit SimulatedSource(std::uint32_t seed, bool is_folded = true)
      : random_(seed), is_folded_(is_folded), mapper_({.wraps_at_33_bits = is_folded}) {
    audio_ = mapper_.add_stream(TimelineKind::kAudio);
    video_ = mapper_.add_stream(TimelineKind::kVideo);
  }

  /// The source's time from here on is `offset` away from the programme's.
  void set_offset(MediaTime offset) { offset_ = offset; }
  MediaTime offset() const { return offset_; }
  MediaTime programme() const { return programme_; }
  void set_jitter(MediaDuration most) { jitter_ = most; }
  /// The sender is away for `time`, and the connection was made anew.
  void lose_for(MediaDuration time) {
    take(mapper_.finish(now()));
    mapper_.reconnect();
    clock_ += time;
    sent_ = {};
  }
  void pause_audio(bool is_paused) { has_audio_ = !is_paused; }
  void damage_one_in(int buffers) { damage_ = buffers; }

  /// Sends that much of the programme.
  void play(MediaDuration time) {
    const MediaTime until = programme_ + time;
    while (programme_ < until) {
      if (next_audio_ <= next_picture_) {
        send_audio();
      } else {
        send_picture();
      }
      const MediaTime next = std::min(next_audio_, next_picture_);
      clock_ += next - programme_;
      programme_ = next;
      take(mapper_.poll(now()));
    }
  }
  void end() { take(mapper_.finish(now())); }

  const TimelineMapper& mapper() const { return mapper_; }
  std::size_t kept() const { return kept_; }
  std::size_t dropped() const { return dropped_; }
  /// The worst distance between what sound and pictures of one epoch were moved by.
  MediaDuration worst_offset_error() const {
    MediaDuration worst{0};
    for (const auto& [epoch, moved] : moved_) worst = std::max(worst, moved.most - moved.least);
    return worst;
  }

 private:
  struct Sent {
    MediaTime programme;
    bool is_damaged;
  };
  struct Moved {
    MediaDuration least = MediaDuration::max();
    MediaDuration most = MediaDuration::min();
  };

  ClockReading now() const {
    return {SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(clock_)),
            WallTime(std::chrono::duration_cast<WallTime::duration>(clock_))};
  }
  MediaTime fold(MediaTime time) const {
    if (!is_folded_) return time;
    const MediaTime turn = wraps(1);
    MediaTime folded = time % turn;
    if (folded < MediaTime(0)) folded += turn;
    return folded;
  }
  MediaDuration wobble() {
    if (jitter_ == MediaDuration(0)) return jitter_;
    std::uniform_int_distribution<std::int64_t> any(-jitter_.count(), jitter_.count());
    return MediaDuration(any(random_));
  }
  bool is_hit() { return damage_ > 0 && std::uniform_int_distribution(1, damage_)(random_) == 1; }
  MediaTime anywhere() {
    return MediaTime(std::uniform_int_distribution<std::int64_t>(0, wraps(1).count())(random_));
  }

  void send_audio() {
    const MediaTime time = next_audio_;
    ++audio_frames_;
    next_audio_ = MediaTime(audio_frames_ * 1024 * 1'000'000'000 / 48'000);
    if (!has_audio_) return;
    const bool is_damaged = is_hit();
    SourceStamp stamp{fold(time + offset_ + wobble()), {}, MediaDuration(21'333'333)};
    if (is_damaged) stamp.pts = anywhere();
    send(audio_, time, is_damaged, stamp);
  }
  void send_picture() {
    constexpr int kShownAfter[] = {80, 160, 40, 40};
    const MediaTime time = next_picture_;
    const auto shown = std::chrono::milliseconds(kShownAfter[pictures_ % 4]);
    ++pictures_;
    next_picture_ = std::chrono::milliseconds(40) * pictures_;
    const bool is_damaged = is_hit();
    const MediaTime dts = time + offset_ + wobble();
    SourceStamp stamp{fold(dts + shown), fold(dts), std::chrono::milliseconds(40)};
    if (is_damaged) stamp.dts = anywhere();
    send(video_, time, is_damaged, stamp);
  }
  void send(std::size_t stream, MediaTime time, bool is_damaged, const SourceStamp& stamp) {
    sent_[stream].push_back({time, is_damaged});
    take(mapper_.push(stream, stamp, now()));
  }

  void take(const std::vector<Placement>& placements) {
    for (const Placement& placed : placements) {
      auto& waiting = sent_[placed.stream];
      if (waiting.empty()) {
        ADD_FAILURE() << "an answer about a buffer that was not sent";
        return;
      }
      const Sent sent = waiting.front();
      waiting.pop_front();
      if (!placed.is_kept) {
        ++dropped_;
        continue;
      }
      ++kept_;
      check(placed, sent);
    }
  }
  void check(const Placement& placed, const Sent& sent) {
    const MediaTime key = placed.dts.value_or(*placed.pts);
    if (key < last_[placed.stream] || *placed.pts < key ||
        placed.epoch < last_epoch_[placed.stream]) {
      ADD_FAILURE() << "went back, stream " << placed.stream << ": " << format_clock(key)
                    << " after " << format_clock(last_[placed.stream]);
    }
    last_[placed.stream] = key;
    last_epoch_[placed.stream] = placed.epoch;
    if (sent.is_damaged) return;
    Moved& moved = moved_[placed.epoch];
    moved.least = std::min(moved.least, key - sent.programme);
    moved.most = std::max(moved.most, key - sent.programme);
  }

  std::mt19937 random_;
  bool is_folded_;
  TimelineMapper mapper_;
  std::size_t audio_ = 0;
  std::size_t video_ = 0;
  MediaTime programme_{0};
  MediaTime clock_{std::chrono::hours(1000)};
  MediaTime offset_{0};
  MediaDuration jitter_{0};
  MediaTime next_audio_{0};
  MediaTime next_picture_{0};
  std::int64_t audio_frames_ = 0;
  std::int64_t pictures_ = 0;
  int damage_ = 0;
  bool has_audio_ = true;
  std::array<std::deque<Sent>, 2> sent_;
  std::array<MediaTime, 2> last_{};
  std::array<int, 2> last_epoch_{};
  std::map<int, Moved> moved_;
  std::size_t kept_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace subtide
