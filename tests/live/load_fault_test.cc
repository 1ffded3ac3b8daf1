// Recognisers that are slow, fail, or are killed, while the stream runs (F26, F1, F7, F8, F9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/live/live_faults.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::IsEmpty;

/// The processes that work for the engine.
std::vector<pid_t> workers_of(const LiveRun& run, pid_t engine) {
  std::vector<pid_t> pids;
  std::istringstream lines(run_program({"pgrep", "-P", std::to_string(engine)}).out);
  for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
  EXPECT_FALSE(pids.empty()) << run.state();
  return pids;
}

/// Sounds that are kept for workers.
std::size_t sounds_kept(const LiveRun& run) {
  std::size_t count = 0;
  for (const auto& each : fs::recursive_directory_iterator(run.state() / "store" / "blobs")) {
    count += each.path().extension() == ".flac" ? 1 : 0;
  }
  return count;
}

/// From `since` to the first words that are told after it; nothing in `most`: negative.
double seconds_to_words(const LiveRun& run, WallClock::time_point since, seconds most) {
  const std::size_t before = run.events("transcript.final").size();
  if (!wait_for_event(run, "transcript.final", before + 1, most)) return -1;
  return std::chrono::duration<double>(WallClock::now() - since).count();
}

/// Steps of the ladder told, as "partials_stopped larger_step".
std::string steps(const LiveRun& run, const char* event) {
  std::string names;
  for (const auto& step : run.events(event)) {
    names += (names.empty() ? "" : " ") + step["to"].get<std::string>();
  }
  return names;
}

class LoadFault : public testing::Test {
 protected:
  void SetUp() override { SUBTIDE_REQUIRE_PROGRAM("ffmpeg"); }

  void make_radio(seconds length) const { write_programme(radio_, {length, false}); }
  /// What goes wrong goes wrong while this is there.
  void begin_trouble() const { std::ofstream(trouble_) << "now"; }
  void end_trouble() const { fs::remove(trouble_); }
  std::string recognizer(const std::string& trouble) const {
    return R"(fake:{"tones": true, "language": "en", "troubles": [{)" + trouble +
           R"(, "while_exists": ")" + trouble_.string() + R"("}]})";
  }

  const TemporaryFolder folder_;
  const fs::path radio_ = folder_.path() / "radio.ts";
  const fs::path trouble_ = folder_.path() / "trouble";
};

TEST_F(LoadFault, ARecogniserThreeTimesSlowerThanLiveShedsLoadAndRecovers) {
  const seconds slow(is_long_form() ? 180 : 40);
  const seconds healing(is_long_form() ? 330 : 15);
  make_radio(slow + healing + seconds(60));
  LiveRunSetting setting;
  setting.recognizer = recognizer(R"("fault": "slow", "pace": 3)");
  LiveRun run({"--lanes", "1"}, setting);
  const auto sender = run.send(radio_);
  ASSERT_TRUE(wait_for_event(run, "cue.emitted", 2, seconds(40))) << run.end().summary();
  begin_trouble();
  const auto slowed = WallClock::now();
  std::this_thread::sleep_for(slow / 2);
  const double memory = resident_mib(run.program().pid());
  std::this_thread::sleep_for(slow / 2);
  const double more = resident_mib(run.program().pid()) - memory;
  end_trouble();
  const auto mended = WallClock::now();
  const bool is_quick = wait_until(
      [&] {
        const auto delays = caption_delays(run, mended, WallClock::now());
        return !delays.empty() && delays.back() < 6;
      },
      seconds(40));
  const std::chrono::duration<double> recovered = WallClock::now() - mended;
  EXPECT_TRUE(is_quick) << "captions are on time again";
  if (is_long_form()) {
    EXPECT_TRUE(wait_until(
        [&] {
          const auto left = run.events("degrade.left");
          return !left.empty() && left.back()["to"] == "normal";
        },
        healing));
  }
  const auto calm = caption_delays(run, {}, slowed);
  auto delays = caption_delays(run, slowed, mended + seconds(5));
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 3) << "with gaps: " << ended.summary();
  const auto outcome = run.events("job.completed_degraded");
  ASSERT_EQ(outcome.size(), 1U);
  EXPECT_FALSE(outcome[0]["gaps"].empty()) << "listed at the end";
  for (const auto& gap : outcome[0]["gaps"]) EXPECT_EQ(gap["reason"], "recognizer_overloaded");
  EXPECT_EQ(steps(run, "degrade.entered"), "partials_stopped larger_step shorter_beam skipping");
  std::ranges::sort(delays);
  ASSERT_FALSE(delays.empty());
  std::printf(
      "recogniser three times slower than live for %lld s: captions %.1f s behind at most (%.1f "
      "before), entered: %s; left: %s; %zu gaps; %+.1f MiB in its second half; on time %.1f s "
      "after it was fast again\n",
      static_cast<long long>(slow.count()), delays.back(),
      calm.empty() ? 0 : *std::ranges::max_element(calm), steps(run, "degrade.entered").c_str(),
      steps(run, "degrade.left").c_str(), outcome[0]["gaps"].size(), more, recovered.count());
  EXPECT_LT(delays.back(), 45) << "budget, the window that is under way and its cue";
  EXPECT_LT(more, 16);
  EXPECT_EQ(missing_words(heard_words(run.hls() / "audio_en")), 0) << "the stream goes on";
}

TEST_F(LoadFault, ARecogniserThatTimesOutCostsItsWordsAlone) {
  make_radio(seconds(75));
  LiveRunSetting setting;
  setting.recognizer = recognizer(R"("fault": "fail", "code": "deadline")");
  LiveRun run({"--latency", "1s"}, setting);
  const auto sender = run.send(radio_);
  ASSERT_TRUE(wait_for_event(run, "cue.emitted", 1, seconds(40))) << run.end().summary();
  begin_trouble();
  ASSERT_TRUE(wait_for_event(run, "breaker.opened", 1, seconds(30))) << run.end().summary();
  end_trouble();
  const double back = seconds_to_words(run, WallClock::now(), seconds(40));
  EXPECT_GT(back, 0);
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 3) << ended.summary();
  const auto outcome = run.events("job.completed_degraded");
  ASSERT_EQ(outcome.size(), 1U);
  ASSERT_FALSE(outcome[0]["gaps"].empty());
  std::printf(
      "recogniser that times out until its breaker opens: %zu gaps told, words again %.1f s "
      "after it was well\n",
      outcome[0]["gaps"].size(), back);
  EXPECT_EQ(missing_words(heard_words(run.hls() / "audio_en")), 0);
}

TEST_F(LoadFault, KilledWorkersCostNoWord) {
  make_radio(seconds(60));
  LiveRun run({"--latency", "2s", "--workers", "2"});
  const auto sender = run.send(radio_);
  ASSERT_TRUE(wait_for_event(run, "cue.emitted", 2, seconds(40))) << run.end().summary();
  std::vector<double> back;
  for (int kill_count = 0; kill_count < (is_long_form() ? 5 : 2); ++kill_count) {
    const auto killed = WallClock::now();
    for (const pid_t pid : workers_of(run, run.program().pid())) ::kill(pid, SIGKILL);
    back.push_back(seconds_to_words(run, killed, seconds(30)));
    EXPECT_GT(back.back(), 0);
  }
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto heard = heard_words(run.hls() / "audio_en");
  EXPECT_EQ(missing_words(heard), 0);
  std::vector<Word> said;
  for (const auto& event : run.events("transcript.final")) {
    for (const auto& word : event["words"]) {
      std::string text = word["text"];
      std::erase_if(text, [](unsigned char c) { return std::isalnum(c) == 0; });
      text.front() = 't';
      said.push_back({text, {from_seconds(word["start"]), from_seconds(word["end"])}});
    }
  }
  ASSERT_GT(said.size(), 10U);
  EXPECT_EQ(missing_words(said), 0) << "in the captions";
  const std::size_t tasks = run.events("task.completed").size();
  EXPECT_LT(sounds_kept(run), tasks / 2) << "those of partial windows are of no use";
  std::printf(
      "all workers of a live stream killed %zu times: first words %.2f s after (worst), %zu "
      "words heard, none missing; %zu sounds kept of %zu tasks\n",
      back.size(), *std::ranges::max_element(back), said.size(), sounds_kept(run), tasks);
}

TEST_F(LoadFault, AWordThatCrashesEveryWorkerIsAGapAndTheRestIsCaptioned) {
  make_radio(seconds(75));
  LiveRunSetting setting;
  setting.recognizer =
      R"(fake:{"tones": true, "language": "en", "troubles": [{"fault": "crash", "text": "t21"}]})";
  LiveRun run({"--latency", "2s", "--workers", "2"}, setting);
  const auto sender = run.send(radio_);
  const auto has_words_behind = [&] {
    for (const auto& event : run.events("transcript.final")) {
      for (const auto& word : event["words"]) {
        const std::string text = word["text"];
        if (text.find("33") != std::string::npos) return true;
      }
    }
    return false;
  };
  ASSERT_TRUE(wait_until(has_words_behind, seconds(80))) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 3) << ended.summary();
  const auto outcome = run.events("job.completed_degraded");
  ASSERT_EQ(outcome.size(), 1U);
  double lost = 0;
  for (const auto& gap : outcome[0]["gaps"]) {
    lost += gap["end"].get<double>() - gap["start"].get<double>();
  }
  std::printf("a word that crashes every worker: %zu workers died, %zu gaps of %.1f s in all\n",
              run.events("worker.dead").size(), outcome[0]["gaps"].size(), lost);
  EXPECT_EQ(missing_words(heard_words(run.hls() / "audio_en")), 0);
}

}  // namespace
}  // namespace subtide
