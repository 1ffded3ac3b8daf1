// Live recognition in real time: speech goes through tidevad and tidetranscribe at the speed of its
// own clock, and the figures are printed. What is asserted holds on a loaded machine too.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <thread>

#include "elements/register.h"
#include "engine/base/atomic_file.h"
#include "engine/gst/live_notices.h"
#include "models/builtin.h"
#include "tests/support/gst_audio_harness.h"
#include "tests/support/shared_files.h"
#include "tests/support/spoken_text.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;

constexpr const char* kChain =
    "tidevad batch=4 ! tidetranscribe live=yes recognizer=whisper:mini.en lanes=1";
constexpr std::size_t kLargestFile = 16U << 20U;

/// The samples of a plain 16 kHz mono WAV file.
std::vector<std::int16_t> read_wav(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kLargestFile);
  const std::size_t data = bytes ? bytes->find("data") : std::string::npos;
  if (data == std::string::npos) return {};
  std::vector<std::int16_t> samples((bytes->size() - data - 8) / 2);
  std::memcpy(samples.data(), bytes->data() + data + 8, samples.size() * 2);
  return samples;
}

/// What came of a stream, and how long its words took.
struct LiveRun {
  std::string text;
  std::vector<CommitDelay> delays;
  double erasure = 0;
  std::size_t partials = 0;
  std::size_t rungs = 0;
};

LiveRun run_live(std::vector<std::int16_t> samples) {
  samples.resize(samples.size() + 24'000, 0);
  AudioHarness harness(own_object(gst_parse_bin_from_description(kChain, TRUE, nullptr)));
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < samples.size(); at += 1600) {
    const MediaTime begin = samples_to_duration(static_cast<std::int64_t>(at));
    const auto from = samples.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count =
        static_cast<std::ptrdiff_t>(std::min<std::size_t>(1600, samples.size() - at));
    std::this_thread::sleep_until(start + begin + 100ms);  // a source's own pace
    EXPECT_EQ(harness.push(begin, {from, from + count}), GST_FLOW_OK);
  }
  harness.end();
  LiveRun run;
  for (const TextOut& out : harness.texts()) run.text += (run.text.empty() ? "" : " ") + out.text;
  for (const MessagePtr& message : harness.messages(GST_MESSAGE_ELEMENT)) {
    run.partials += read_partial_text(message.get()) ? 1U : 0U;
    run.rungs += read_degrade_notice(message.get()) ? 1U : 0U;
    const auto commit = read_commit_notice(message.get());
    if (!commit) continue;
    run.delays.insert(run.delays.end(), commit->words.begin(), commit->words.end());
    run.erasure = commit->erasure;
  }
  return run;
}

template <typename Get>
double percentile(const std::vector<CommitDelay>& delays, double share, Get get) {
  std::vector<double> seconds;
  for (const CommitDelay& delay : delays) seconds.push_back(to_seconds(get(delay)));
  if (seconds.empty()) return 0;
  std::ranges::sort(seconds);
  const auto at = static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1));
  return seconds[at];
}

void print_run(const char* name, const LiveRun& run) {
  const auto policy = [](const CommitDelay& delay) { return delay.policy; };
  const auto compute = [](const CommitDelay& delay) { return delay.compute; };
  const auto both = [](const CommitDelay& delay) { return delay.policy + delay.compute; };
  std::printf(
      "%s: %zu words committed, %zu partials, erasure %.3f, %zu rungs; from a word's end to "
      "its commit p50 %.2f s, p95 %.2f s (policy %.2f and %.2f, compute %.2f and %.2f)\n",
      name, run.delays.size(), run.partials, run.erasure, run.rungs,
      percentile(run.delays, 0.5, both), percentile(run.delays, 0.95, both),
      percentile(run.delays, 0.5, policy), percentile(run.delays, 0.95, policy),
      percentile(run.delays, 0.5, compute), percentile(run.delays, 0.95, compute));
}

class LiveSpeech : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_FILE(shared_model("ggml-mini.en.bin"));
    SUBTIDE_REQUIRE_FILE(shared_model("ggml-silero-v6.2.0.bin"));
    start_gstreamer();
    register_elements(nullptr, make_builtin_provider());
  }
};

TEST_F(LiveSpeech, SentencesThatTheModelKnowsAreWordForWord) {
  SUBTIDE_REQUIRE_FILE(shared_folder() / "models" / "mini-grammar.json");
  SpokenGrammar grammar(shared_folder() / "models" / "mini-grammar.json", 7);
  const SpokenText spoken = grammar.programme(5);
  const LiveRun run = run_live(spoken.samples);
  print_run("5 sentences", run);
  const WordErrors errors = normalized_word_errors(spoken.text(), run.text);
  std::printf("word errors %.1f %% of %zu\n", 100 * errors.rate(), errors.reference_words);
  EXPECT_GT(run.delays.size(), 0U);
  if (run.rungs == 0) {
    EXPECT_LE(errors.rate(), 0.2);
  }
}

TEST_F(LiveSpeech, ARecordingFlowsThroughWhateverTheModelMakesOfIt) {
  SUBTIDE_REQUIRE_FILE(shared_media("en/jfk.wav"));
  const LiveRun run = run_live(read_wav(shared_media("en/jfk.wav")));
  print_run("jfk, 11 s", run);
  EXPECT_GT(run.delays.size(), 0U);
}

}  // namespace
}  // namespace subtide
