#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <thread>

#include "elements/transcribe/gst_tide_transcribe.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/live_notices.h"
#include "tests/support/gst_audio_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace testing_support;

constexpr const char* kNever = R"({"delay": 3600})";

/// "s0 s0h s1 …": what the fake hears from `begin` to `end`, in whole seconds.
std::string seconds_spoken(int begin, int end) {
  std::string text;
  for (int second = begin; second < end; ++second) {
    text += fmt::format("{}s{} s{}h", text.empty() ? "" : " ", second, second);
  }
  return text;
}

/// tidetranscribe told that its stream is live. Audio comes as fast as the test can, so nothing is
/// given up unless a test wants it.
class TideTranscribeLive : public testing::Test {
 protected:
  TideTranscribeLive() {
    start_gstreamer();
    register_tidetranscribe(nullptr, std::make_shared<FakeModels>());
  }

  template <typename... Settings>
  static ElementPtr transcribe(Settings... settings) {
    ElementPtr element = make_element("tidetranscribe");
    gst_util_set_object_arg(G_OBJECT(element.get()), "live", "yes");
    g_object_set(element.get(), "budget", guint64{3600 * GST_SECOND}, nullptr);
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }

  static void push_detector(AudioHarness& harness) {
    harness.push(make_event(LoadedModel{"vad", "fake", ""}));
  }
  static void push_speech(AudioHarness& harness, TimeSpan span) {
    harness.push(make_event(SpeechStart{span.begin}));
    harness.push(span.begin, audible(span.duration() + 600ms));
    harness.push(make_event(SpeechSegment{span, SegmentClose::kSilence}));
  }
  /// Waits for text without an end.
  static TextOut pull(AudioHarness& harness) {
    const BufferPtr buffer(gst_harness_pull(harness.get()));
    return buffer ? to_text_out(buffer.get()) : TextOut{"(nothing came)", {}};
  }
  static std::string joined(const std::vector<TextOut>& texts) {
    std::string all;
    for (const TextOut& out : texts) all += (all.empty() ? "" : " ") + out.text;
    return all;
  }
  static EventPtr pull_event(AudioHarness& harness, const std::function<bool(GstEvent*)>& is_it) {
    while (EventPtr event = EventPtr(gst_harness_pull_event(harness.get()))) {
      if (is_it(event.get())) return event;
    }
    return nullptr;
  }
  template <typename Notice>
  static std::vector<Notice> notices(AudioHarness& harness,
                                     std::optional<Notice> (*read)(GstMessage*)) {
    std::vector<Notice> all;
    for (const MessagePtr& message : harness.messages(GST_MESSAGE_ELEMENT)) {
      if (const auto notice = read(message.get())) all.push_back(*notice);
    }
    return all;
  }
};

TEST_F(TideTranscribeLive, GivesEveryWordOnceInOrderAtItsTime) {
  for (const std::size_t size : {1600U, 333U, 40'000U}) {
    AudioHarness harness(transcribe());
    EXPECT_EQ(harness.push(0s, audible(20s), size), GST_FLOW_OK);
    harness.end();
    const auto texts = harness.texts();
    EXPECT_EQ(joined(texts), seconds_spoken(0, 20));
    MediaTime last = 0s;
    for (const TextOut& out : texts) {
      EXPECT_GE(out.span.begin, last);
      last = out.span.end;
    }
  }
}

TEST_F(TideTranscribeLive, CommitsWhileSomebodySpeaks) {
  AudioHarness harness(transcribe());
  harness.push(0s, audible(1s));
  for (MediaTime at = 1s; gst_harness_buffers_received(harness.get()) == 0; at += 1s) {
    ASSERT_LT(at, 60s);
    harness.push(at, audible(1s));
    std::this_thread::sleep_for(20ms);  // lets the fake answer; more only makes the loop shorter
  }
  EXPECT_THAT(pull(harness).text, testing::StartsWith("s0 s0h"));
}

TEST_F(TideTranscribeLive, CommitsWhenSpeechEnds) {
  AudioHarness harness(transcribe());
  push_detector(harness);
  push_speech(harness, {1s, 2100ms});
  EXPECT_EQ(pull(harness), (TextOut{"s1 s1h s2", {1s, 2100ms}}));
}

TEST_F(TideTranscribeLive, WindowPolicyCommitsWholeWindows) {
  ElementPtr element = transcribe();
  gst_util_set_object_arg(G_OBJECT(element.get()), "commit-policy", "window");
  AudioHarness harness(std::move(element));
  push_detector(harness);
  push_speech(harness, {0s, 8s});
  EXPECT_EQ(pull(harness).text, seconds_spoken(0, 8));
}

TEST_F(TideTranscribeLive, UpstreamNeverWaitsForTheModelAndTimeIsToldAllTheSame) {
  AudioHarness harness(transcribe("recognizer", kNever));
  EXPECT_EQ(harness.push(0s, audible(30s)), GST_FLOW_OK);
  for (const MediaTime least : {1s, 29s}) {
    const EventPtr edge = pull_event(harness, [&](GstEvent* event) {
      const auto told = read_live_edge(event);
      return told && told->time >= least;
    });
    EXPECT_NE(edge, nullptr);
  }
  EXPECT_EQ(gst_harness_buffers_received(harness.get()), 0U);
}

TEST_F(TideTranscribeLive, SaysHowFarNoTextCanComeWhileNobodySpeaks) {
  AudioHarness harness(transcribe());
  push_detector(harness);
  harness.push(0s, silent(10s));
  const EventPtr gap = pull_event(harness, [](GstEvent* event) {
    return GST_EVENT_TYPE(event) == GST_EVENT_GAP && span_of_gap(event)->end >= 8s;
  });
  EXPECT_NE(gap, nullptr);
}

TEST_F(TideTranscribeLive, NothingComesBeforeWhatWasPromised) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.01})", "lanes", 3U));
  push_detector(harness);
  for (MediaTime at = 0s; at < 60s; at += 5s) {
    push_speech(harness, {at + 500ms, at + 3s});
    harness.push(at + 3600ms, silent(1400ms));
  }
  harness.end();
  std::vector<MediaTime> promised;
  for (const EventPtr& event : harness.events_until_end()) {
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_GAP) continue;
    promised.push_back(span_of_gap(event.get())->end);
  }
  EXPECT_TRUE(std::ranges::is_sorted(promised));
  EXPECT_GE(promised.back(), 58s);
  EXPECT_THAT(joined(harness.texts()), HasSubstr("s55h s56"));
}

TEST_F(TideTranscribeLive, NoPhraseSpansAnEpochAndTheEpochComesInItsPlace) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.05})"));
  harness.push(0s, audible(3s));
  harness.push(make_event(Epoch{1, 3s, 60s, {}, "reconnect"}));
  harness.push(3s, audible(3s));
  harness.end();
  std::size_t before_epoch = 0;
  MediaTime told = 0s;
  for (const EventPtr& event : harness.events_until_end()) {
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) told = span_of_gap(event.get())->end;
    if (read_epoch(event.get())) {
      before_epoch = 1;
      EXPECT_LE(told, 3s);
    }
  }
  EXPECT_EQ(before_epoch, 1U);
  const auto texts = harness.texts();
  EXPECT_EQ(joined(texts), seconds_spoken(0, 6));
  for (const TextOut& out : texts) EXPECT_TRUE(out.span.end <= 3s || out.span.begin >= 3s);
}

TEST_F(TideTranscribeLive, PartialWordsAreMessagesAndNeverText) {
  ElementPtr element = transcribe();
  gst_util_set_object_arg(G_OBJECT(element.get()), "commit-policy", "window");
  AudioHarness harness(std::move(element));
  push_detector(harness);
  harness.push(make_event(SpeechStart{0s}));
  harness.push(0s, audible(2s));
  std::vector<PartialText> partials;
  for (int i = 0; i < 500 && partials.empty(); ++i) {
    partials = notices(harness, read_partial_text);
    if (partials.empty()) std::this_thread::sleep_for(10ms);
  }
  ASSERT_THAT(partials, testing::Not(IsEmpty()));
  EXPECT_EQ(partials[0].words[0].text, "s0");
  EXPECT_EQ(partials[0].words[0].span, (TimeSpan{0s, 400ms}));
  EXPECT_EQ(partials[0].revision, 1U);
  EXPECT_EQ(partials[0].language, "en");
  EXPECT_EQ(gst_harness_buffers_received(harness.get()), 0U);
}

TEST_F(TideTranscribeLive, TellsWhatPolicyAndModelCostForEachWord) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.05})"));
  push_detector(harness);
  push_speech(harness, {0s, 900ms});
  harness.end();
  const auto commits = notices(harness, read_commit_notice);
  ASSERT_THAT(commits, SizeIs(1));
  ASSERT_THAT(commits[0].words, SizeIs(2));
  EXPECT_EQ(commits[0].words[0].word_end, 400ms);
  EXPECT_EQ(commits[0].words[0].policy, 1100ms);  // speech was known to have ended at 1.5 s
  EXPECT_EQ(commits[0].words[1].policy, 600ms);
  EXPECT_GE(commits[0].words[0].compute, 50ms);
  EXPECT_EQ(commits[0].words[0].cause, CommitCause::kFinal);
}

TEST_F(TideTranscribeLive, AModelThatIsTooSlowCostsTextAndTheLiveEdgeIsKept) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.2})", "lanes", 1U, "budget",
                                  guint64{8 * GST_SECOND}));
  push_detector(harness);
  for (MediaTime at = 0s; at < 120s; at += 3s) {
    push_speech(harness, {at, at + 2s});
    harness.push(at + 2600ms, silent(400ms));
  }
  harness.end();
  std::vector<std::string> entered;
  std::vector<Gap> gaps;
  for (const MessagePtr& message : harness.messages(GST_MESSAGE_ELEMENT)) {
    if (const auto step = read_degrade_notice(message.get())) entered.push_back(step->to);
    if (const auto gap = read_gap_notice(message.get())) gaps.push_back(*gap);
  }
  // The fake has no smaller model.
  EXPECT_THAT(entered, ElementsAre("partials_stopped", "larger_step", "shorter_beam", "skipping"));
  ASSERT_THAT(gaps, testing::Not(IsEmpty()));
  EXPECT_EQ(gaps[0].reason, "recognizer_overloaded");
  const auto texts = harness.texts();
  EXPECT_THAT(texts.back().text, HasSubstr("s118h"));
  for (const Gap& gap : gaps) {
    for (const TextOut& out : texts) EXPECT_FALSE(gap.span.overlaps(out.span));
  }
}

TEST_F(TideTranscribeLive, AFailedWindowIsAGapAndTheStreamGoesOn) {
  AudioHarness harness(transcribe("recognizer", R"({"troubles": [{"fault": "fail", "at": 4}]})"));
  push_detector(harness);
  for (const MediaTime at : {0s, 4s, 8s}) push_speech(harness, {at, at + 900ms});
  harness.end();
  std::vector<Gap> gaps;
  for (const EventPtr& event : harness.events_until_end()) {
    if (const auto gap = read_gap_notice(event.get())) gaps.push_back(*gap);
  }
  EXPECT_THAT(gaps, ElementsAre(Gap{{4s, 4900ms}, "recognizer_failed"}));
  EXPECT_EQ(joined(harness.texts()), "s0 s0h s8 s8h");
}

TEST_F(TideTranscribeLive, EndWaitsForEveryWindow) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.05})", "lanes", 3U));
  push_detector(harness);
  for (MediaTime at = 0s; at < 6s; at += 2s) push_speech(harness, {at, at + 900ms});
  harness.end();
  EXPECT_EQ(joined(harness.texts()), "s0 s0h s2 s2h s4 s4h");
  EXPECT_THAT(notices(harness, read_statistics), SizeIs(1));
}

TEST_F(TideTranscribeLive, AFlushDropsWhatIsUnderWayAndTheStreamGoesOn) {
  AudioHarness harness(
      transcribe("recognizer", R"({"troubles": [{"fault": "empty", "at": 0.1, "delay": 3600}]})"));
  harness.push(0s, audible(5s));
  harness.flush();
  harness.push(60s, audible(1s));
  harness.end();
  EXPECT_EQ(joined(harness.texts()), "s60 s60h");
}

TEST_F(TideTranscribeLive, StoppingDoesNotWaitForTheModel) {
  AudioHarness harness(transcribe("recognizer", kNever));
  harness.push(0s, audible(10s));
  EXPECT_NE(gst_element_set_state(harness.element(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
}

TEST_F(TideTranscribeLive, StampsTextAndTimeLaterByTheLateness) {
  AudioHarness harness(transcribe("lateness", guint64{2'000'000'000}));
  push_detector(harness);
  push_speech(harness, {1s, 2100ms});
  EXPECT_EQ(pull(harness).span, (TimeSpan{3s, 4100ms}));
  const EventPtr edge =
      pull_event(harness, [](GstEvent* event) { return read_live_edge(event).has_value(); });
  EXPECT_GE(read_live_edge(edge.get())->time, 2s);
}

TEST_F(TideTranscribeLive, BelievesUpstreamWhetherItIsLive) {
  for (const bool is_live : {false, true}) {
    ElementPtr element = transcribe("recognizer", kNever);
    gst_util_set_object_arg(G_OBJECT(element.get()), "live", "auto");
    AudioHarness harness(std::move(element));
    gst_harness_set_live(harness.get(), is_live);
    harness.push(0s, audible(2s));
    if (!is_live) continue;  // else an edge would be told
    EXPECT_NE(pull_event(harness, [](GstEvent* e) { return read_live_edge(e).has_value(); }),
              nullptr);
  }
}

TEST_F(TideTranscribeLive, ReportsTheLongestThatAWordMayTakeAsLatency) {
  AudioHarness harness(transcribe("budget", guint64{6'000'000'000}));
  gst_harness_set_live(harness.get(), TRUE);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 11 * GST_SECOND);  // age 4, step 1
  gst_util_set_object_arg(G_OBJECT(harness.element()), "commit-policy", "window");
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 21 * GST_SECOND);  // window 15
  g_object_set(harness.element(), "latency", guint64{2'000'000'000}, nullptr);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 2 * GST_SECOND);
}

TEST_F(TideTranscribeLive, RefusesAStepOrBudgetOfNothing) {
  for (const char* name : {"step", "budget"}) {
    const ElementPtr element = transcribe(name, guint64{0});
    EXPECT_EQ(refusal_of(element.get()).value_or(Error{}).code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace subtide
