#include "engine/speech/live_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/speech/load_shedder.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

LiveWindows windows(LiveWindowsOptions options = {}) { return *LiveWindows::create(options); }

void push(LiveWindows& live, TimeSpan span) {
  for (MediaTime at = span.begin; at < span.end; at += 100ms) {
    live.push(at, std::vector<std::int16_t>(1600, 100));
  }
}

std::optional<TimeSpan> next_span(LiveWindows& live, bool is_final) {
  const auto step = live.next();
  if (!step || !std::holds_alternative<LiveWindow>(*step)) return std::nullopt;
  const auto& window = std::get<LiveWindow>(*step);
  EXPECT_EQ(window.is_final, is_final);
  return window.span();
}

bool is_mark(const std::optional<LiveStep>& step) {
  return step && std::holds_alternative<LiveMark>(*step);
}

TEST(LiveWindows, APartialGrowsByAStepWhileSomebodySpeaks) {
  LiveWindows live = windows();
  push(live, {0s, 1s});
  EXPECT_FALSE(live.next());
  live.speech_started(500ms);
  push(live, {1s, 1500ms});
  EXPECT_EQ(next_span(live, false), (TimeSpan{500ms, 1500ms}));
  live.done();
  push(live, {1500ms, 2400ms});
  EXPECT_FALSE(live.next());
  push(live, {2400ms, 2500ms});
  EXPECT_EQ(next_span(live, false), (TimeSpan{500ms, 2500ms}));
}

TEST(LiveWindows, OnePartialIsInFlightAndTheNextIsTheNewest) {
  LiveWindows live = windows({.lanes = 4});
  live.assume_speech();
  push(live, {0s, 1s});
  EXPECT_TRUE(next_span(live, false));
  push(live, {1s, 5s});
  EXPECT_FALSE(live.next());
  live.done();
  EXPECT_EQ(next_span(live, false), (TimeSpan{0s, 5s}));
}

TEST(LiveWindows, SpeechEndMakesTheWindowFinal) {
  LiveWindows live = windows({.lanes = 2});
  live.speech_started(0s);
  push(live, {0s, 2s});
  EXPECT_TRUE(next_span(live, false));
  push(live, {2s, 3s});
  live.speech_ended(2200ms);
  const auto step = live.next();
  ASSERT_TRUE(step);
  const auto& window = std::get<LiveWindow>(*step);
  EXPECT_TRUE(window.is_final);
  EXPECT_EQ(window.span(), (TimeSpan{0s, 2200ms}));
  EXPECT_EQ(window.edge, 3s);
  EXPECT_FALSE(live.next());
}

TEST(LiveWindows, FinalsWaitForALaneAndNoneIsSuperseded) {
  LiveWindows live = windows();
  for (const MediaTime at : {0s, 3s, 6s}) {
    live.speech_started(at);
    push(live, {at, at + 2s});
    live.speech_ended(at + 1s);
    push(live, {at + 2s, at + 3s});
  }
  for (const MediaTime at : {0s, 3s, 6s}) {
    EXPECT_EQ(next_span(live, true)->begin, at);
    EXPECT_FALSE(live.next());
    live.done();
  }
}

TEST(LiveWindows, AFullWindowIsCutAndTheNextBeginsThere) {
  LiveWindows live = windows({.maximum = 4s});
  live.assume_speech();
  live.set_step(std::nullopt);
  push(live, {0s, 9s});
  const auto first = next_span(live, true);
  ASSERT_TRUE(first);
  EXPECT_LE(first->duration(), 4s);
  EXPECT_GE(first->duration(), 3s);
  live.done();
  EXPECT_EQ(next_span(live, true)->begin, first->end);
}

TEST(LiveWindows, ALongWindowLetsGoOfCommittedWordsAndKeepsSomeContext) {
  LiveWindows live = windows();
  live.assume_speech();
  push(live, {0s, 6s});
  EXPECT_TRUE(next_span(live, false));
  for (MediaTime at = 0s; at < 5s; at += 500ms) live.committed({at, at + 400ms}, false);
  live.done();
  push(live, {6s, 7s});
  EXPECT_EQ(next_span(live, false), (TimeSpan{2900ms, 7s}));  // 4.9 s is committed
}

TEST(LiveWindows, ALongWindowBeginsRatherWhereASentenceEnded) {
  LiveWindows live = windows();
  live.assume_speech();
  push(live, {0s, 6s});
  EXPECT_TRUE(next_span(live, false));
  for (MediaTime at = 0s; at < 5s; at += 500ms) live.committed({at, at + 400ms}, at == 1500ms);
  live.done();
  push(live, {6s, 7s});
  EXPECT_EQ(next_span(live, false), (TimeSpan{1900ms, 7s}));
}

TEST(LiveWindows, MarksKeepTheirPlaceAmongTheWindows) {
  LiveWindows live = windows();
  live.mark();
  EXPECT_TRUE(is_mark(live.next()));
  live.speech_started(0s);
  push(live, {0s, 900ms});
  live.mark();
  EXPECT_TRUE(is_mark(live.next()));  // what is open does not hold it up
  live.mark_boundary();
  push(live, {900ms, 1900ms});
  EXPECT_EQ(next_span(live, true), (TimeSpan{0s, 900ms}));
  EXPECT_TRUE(is_mark(live.next()));
  live.done();
  EXPECT_EQ(next_span(live, false), (TimeSpan{900ms, 1900ms}));  // speech went on
}

TEST(LiveWindows, BehindARestartTimeMayBeginAnew) {
  LiveWindows live = windows();
  live.assume_speech();
  push(live, {60s, 60500ms});
  live.mark_restart();
  push(live, {0s, 1s});
  EXPECT_EQ(next_span(live, true), (TimeSpan{60s, 60500ms}));
  EXPECT_TRUE(is_mark(live.next()));
  live.done();
  EXPECT_EQ(next_span(live, false), (TimeSpan{0s, 1s}));
}

TEST(LiveWindows, AJumpEndsTheWindow) {
  LiveWindows live = windows();
  live.assume_speech();
  push(live, {0s, 500ms});
  push(live, {10s, 10500ms});
  EXPECT_EQ(next_span(live, true), (TimeSpan{0s, 500ms}));
  live.done();
  live.pass_gap(20s);
  EXPECT_EQ(next_span(live, true), (TimeSpan{10s, 10500ms}));
  EXPECT_EQ(live.edge(), 20s);
}

TEST(LiveWindows, TellsBeforeWhichTimeNoTextCanCome) {
  LiveWindows live = windows();
  push(live, {0s, 10s});
  EXPECT_EQ(live.watermark(), 8500ms);
  live.speech_started(2s);  // too late: it counts from what was told
  push(live, {10s, 12s});
  EXPECT_EQ(live.watermark(), 8500ms);
  live.speech_ended(11s);
  EXPECT_EQ(live.watermark(), 8500ms);
  EXPECT_EQ(next_span(live, true), (TimeSpan{8500ms, 11s}));
  push(live, {12s, 20s});
  EXPECT_EQ(live.watermark(), 8500ms);
  live.done();
  EXPECT_EQ(live.watermark(), 18500ms);
}

TEST(LiveWindows, ASkippedWindowKeepsItsPlace) {
  LiveWindows live = windows();
  EXPECT_FALSE(live.skip_oldest());
  live.speech_started(0s);
  push(live, {0s, 2s});
  live.speech_ended(1s);
  push(live, {2s, 6s});
  EXPECT_EQ(live.oldest_age(), 5s);
  EXPECT_EQ(live.oldest_waiting_age(), 5s);
  EXPECT_TRUE(live.skip_oldest());
  EXPECT_EQ(live.oldest_age(), 0s);
  const auto step = live.next();
  ASSERT_TRUE(step);
  EXPECT_EQ(std::get<SkippedWindow>(*step).span, (TimeSpan{0s, 1s}));
}

TEST(LiveWindows, AFlushForgetsEverything) {
  LiveWindows live = windows();
  live.assume_speech();
  push(live, {0s, 5s});
  EXPECT_TRUE(next_span(live, false));
  live.reset();
  push(live, {60s, 61s});
  EXPECT_EQ(next_span(live, false), (TimeSpan{60s, 61s}));
}

TEST(LiveWindows, RefusesBadOptions) {
  EXPECT_FALSE(LiveWindows::create({.step = 0s}));
  EXPECT_FALSE(LiveWindows::create({.maximum = 0s}));
  EXPECT_FALSE(LiveWindows::create({.context = -1s}));
  EXPECT_FALSE(LiveWindows::create({.lanes = 0}));
}

/// One lane whose model takes `slowness` times as long as what it hears lasts.
class LiveSimulation {
 public:
  explicit LiveSimulation(const ShedOptions& options) : shedder_(*LoadShedder::create(options)) {
    live_.assume_speech();
  }

  void run(MediaTime until, double slowness) {
    for (; live_.edge() < until; collect()) {
      live_.push(live_.edge(), std::vector<std::int16_t>(1600, 100));
      for (const ShedChange& change : shedder_.observe(live_.edge(), live_.oldest_age())) {
        apply(change);
      }
      while (shedder_.is_shedding(ShedRung::kSkip) &&
             live_.oldest_waiting_age() > shedder_.budget()) {
        if (!live_.skip_oldest()) break;
      }
      oldest_waiting_ = std::max(oldest_waiting_, live_.oldest_waiting_age());
      most_held_ = std::max(most_held_, live_.edge() - live_.watermark());
      while (auto step = live_.next()) take(*step, slowness);
    }
  }

  std::vector<std::string> changes;
  std::vector<MediaTime> change_times;
  MediaDuration oldest_waiting_{0};
  MediaDuration most_held_{0};
  MediaDuration heard_{0};
  MediaDuration skipped_{0};
  MediaTime last_decoded_{0};

 private:
  void apply(const ShedChange& change) {
    changes.push_back((change.is_entered ? "+" : "-") +
                      std::string(to_string(change.is_entered ? *change.to : *change.from)));
    change_times.push_back(live_.edge());
    const bool stops = shedder_.is_shedding(ShedRung::kStopPartials);
    live_.set_step(stops ? std::nullopt : std::optional<MediaDuration>(1s));
    live_.set_limit(stops && !shedder_.is_shedding(ShedRung::kLargerStep) ? 5s : 10s);
  }
  void take(const LiveStep& step, double slowness) {
    if (const auto* skipped = std::get_if<SkippedWindow>(&step)) {
      skipped_ += skipped->span.duration();
      return;
    }
    const auto& window = std::get<LiveWindow>(step);
    busy_until_ = live_.edge() + from_seconds(to_seconds(window.span().duration()) * slowness);
    window_ = window;
  }
  void collect() {
    if (!window_ || live_.edge() < busy_until_) return;
    if (window_->is_final) heard_ += window_->span().duration();
    last_decoded_ = window_->span().end;
    live_.committed({window_->span().end - 1s, window_->span().end - 500ms}, false);
    window_.reset();
    live_.done();
  }

  LiveWindows live_ = windows();
  LoadShedder shedder_;
  MediaTime busy_until_{0};
  std::optional<LiveWindow> window_;
};

TEST(LiveWindows, AModelThreeTimesTooSlowCostsTextAndNoTime) {
  LiveSimulation simulation(ShedOptions{});
  simulation.run(30s, 0.1);
  EXPECT_TRUE(simulation.changes.empty());
  simulation.run(630s, 3.0);
  const auto entered = simulation.changes;
  const MediaDuration heard = simulation.heard_;
  EXPECT_THAT(entered, testing::ElementsAre("+partials_stopped", "+larger_step", "+smaller_model",
                                            "+shorter_beam", "+skipping"));
  EXPECT_LE(simulation.oldest_waiting_, 8s);
  // What waits and its length, and one in flight that may be as long as the longest.
  EXPECT_LE(simulation.most_held_, 8s + 10s + 3 * 15s + 15s);
  EXPECT_GT(heard, 150s);
  EXPECT_GT(simulation.skipped_, 300s);
  EXPECT_GE(simulation.last_decoded_, 630s - 8s - 10s - 2 * 30s);  // the live edge is kept
  simulation.run(1200s, 0.1);
  EXPECT_THAT(simulation.changes,
              testing::ElementsAre("+partials_stopped", "+larger_step", "+smaller_model",
                                   "+shorter_beam", "+skipping", "-skipping", "-shorter_beam",
                                   "-smaller_model", "-larger_step", "-partials_stopped"));
  for (std::size_t i = 6; i < simulation.change_times.size(); ++i) {
    EXPECT_GE(simulation.change_times[i] - simulation.change_times[i - 1], 60s);
  }
  std::printf(
      "3 times too slow for 600 s: oldest waiting %.1f s (budget 8.0), held at most %.1f s, "
      "%.0f s heard, %.0f s given up; normal again %.0f s after\n",
      to_seconds(simulation.oldest_waiting_), to_seconds(simulation.most_held_), to_seconds(heard),
      to_seconds(simulation.skipped_), to_seconds(simulation.change_times.back() - 630s));
}

}  // namespace
}  // namespace subtide
