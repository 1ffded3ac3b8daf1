#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <thread>

#include "elements/transcribe/gst_tide_transcribe.h"
#include "tests/support/gst_audio_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace testing_support;

constexpr const char* kTwoPhrases = R"({"words": [
    {"text": "good", "begin": 1, "end": 1.25}, {"text": "morning", "begin": 1.25, "end": 1.75},
    {"text": "everyone", "begin": 3, "end": 3.5}]})";

class TideTranscribeTest : public testing::Test {
 protected:
  TideTranscribeTest() {
    start_gstreamer();
    register_tidetranscribe(nullptr, std::make_shared<FakeModels>());
  }

  template <typename... Settings>
  static ElementPtr transcribe(Settings... settings) {
    ElementPtr element = make_element("tidetranscribe");
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }

  static EventPtr start(MediaTime at) { return make_event(SpeechStart{at}); }
  static EventPtr stop(TimeSpan span) {
    return make_event(SpeechSegment{span, SegmentClose::kSilence});
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

TEST_F(TideTranscribeTest, GivesEachPhraseTheTimesOfItsWords) {
  AudioHarness harness(transcribe("recognizer", kTwoPhrases));
  EXPECT_EQ(harness.push(0s, audible(5s)), GST_FLOW_OK);
  harness.end();
  EXPECT_THAT(harness.texts(), ElementsAre(TextOut{"good morning", {1s, 1750ms}},
                                           TextOut{"everyone", {3s, 3500ms}}));
}

TEST_F(TideTranscribeTest, CarriesTheWordsBesideTheText) {
  AudioHarness harness(transcribe("recognizer", kTwoPhrases));
  harness.push(0s, audible(5s));
  harness.end();
  const BufferPtr buffer(gst_harness_pull(harness.get()));
  const auto phrase = phrase_of(buffer.get());
  ASSERT_NE(phrase, nullptr);
  EXPECT_THAT(phrase->words, SizeIs(2));
  EXPECT_EQ(phrase->language, "en");
}

TEST_F(TideTranscribeTest, GivesTheSameForAnySizeOfBuffersAndAnyNumberOfLanes) {
  std::optional<std::vector<TextOut>> expected;
  for (const auto& [size, lanes] : {std::pair{1600U, 1U}, {333U, 4U}, {40'000U, 2U}}) {
    AudioHarness harness(transcribe("max-window", guint64{4'000'000'000}, "lanes", lanes));
    harness.push(0s, audible(30s), size);
    harness.end();
    const auto texts = harness.texts();
    EXPECT_GE(texts.size(), 8U);
    if (!expected) expected = texts;
    EXPECT_EQ(texts, *expected);
  }
}

TEST_F(TideTranscribeTest, HearsOnlySpeechWhereADetectorSpeaks) {
  AudioHarness harness(transcribe());
  harness.push(make_event(LoadedModel{"vad", "fake", ""}));
  harness.push(0s, audible(4s));
  harness.push(start(2s));
  harness.push(4s, audible(2s));
  harness.push(stop({2s, 3100ms}));
  harness.push(6s, audible(9s));
  harness.end();
  EXPECT_THAT(harness.texts(), ElementsAre(TextOut{"s2 s2h s3", {2s, 3100ms}}));
  const auto statistics = notices(harness, read_statistics);
  ASSERT_THAT(statistics, SizeIs(1));
  EXPECT_EQ(statistics[0].audio, 15s);
  EXPECT_EQ(statistics[0].speech, 1100ms);
  EXPECT_EQ(statistics[0].windows, 1U);
}

TEST_F(TideTranscribeTest, SaysWithGapsThatThereIsNothing) {
  AudioHarness harness(transcribe("recognizer", kTwoPhrases));
  harness.push(0s, audible(5s));
  harness.end();
  std::vector<TimeSpan> gaps;
  for (const EventPtr& event : harness.events_until_end()) {
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) gaps.push_back(*span_of_gap(event.get()));
  }
  EXPECT_THAT(gaps, ElementsAre(TimeSpan{0s, 1s}, TimeSpan{1750ms, 3s}, TimeSpan{3500ms, 5s}));
}

TEST_F(TideTranscribeTest, TellsHowFarNothingCanComeWhileNobodySpeaks) {
  AudioHarness harness(transcribe());
  harness.push(make_event(LoadedModel{"vad", "fake", ""}));
  harness.push(0s, silent(20s));
  harness.end();
  MediaTime told{0};
  for (const EventPtr& event : harness.events_until_end()) {
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) told = span_of_gap(event.get())->end;
  }
  EXPECT_GE(told, 14s);
  EXPECT_THAT(harness.texts(), IsEmpty());
}

TEST_F(TideTranscribeTest, EndWaitsForEveryWindow) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 0.02})", "lanes", 3U, "max-window",
                                  guint64{2'000'000'000}));
  harness.push(0s, audible(20s));
  harness.end();
  std::string text;
  for (const TextOut& out : harness.texts()) text += out.text + " ";
  EXPECT_THAT(text, HasSubstr("s0 s0h s1 "));
  EXPECT_THAT(text, HasSubstr("s19 s19h "));
}

TEST_F(TideTranscribeTest, AFlushDropsWhatIsUnderWayAndTheStreamGoesOn) {
  AudioHarness harness(transcribe("recognizer",
                                  R"({"troubles": [{"fault": "empty", "at": 1, "delay": 3600}]})",
                                  "max-window", guint64{2'000'000'000}));
  harness.push(0s, audible(5s));
  harness.flush();
  harness.push(60s, audible(1s));
  harness.end();
  EXPECT_THAT(harness.texts(), ElementsAre(TextOut{"s60 s60h", {60s, 60'900ms}}));
}

TEST_F(TideTranscribeTest, AFlushWakesAWaitingUpstream) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 3600})", "lanes", 1U, "max-window",
                                  guint64{1'000'000'000}));
  std::jthread upstream([&] { EXPECT_EQ(harness.push(0s, audible(60s)), GST_FLOW_FLUSHING); });
  harness.push(EventPtr(gst_event_new_flush_start()));
  upstream.join();
}

TEST_F(TideTranscribeTest, StoppingWakesAWaitingUpstream) {
  AudioHarness harness(transcribe("recognizer", R"({"delay": 3600})", "lanes", 1U, "max-window",
                                  guint64{1'000'000'000}));
  std::jthread upstream([&] { EXPECT_NE(harness.push(0s, audible(60s)), GST_FLOW_OK); });
  gst_element_set_state(harness.element(), GST_STATE_READY);
  upstream.join();
}

TEST_F(TideTranscribeTest, AFailedWindowIsAGapWithAReasonAndTheStreamGoesOn) {
  AudioHarness harness(transcribe("recognizer", R"({"troubles": [{"fault": "fail", "at": 3}]})",
                                  "max-window", guint64{2'000'000'000}));
  EXPECT_EQ(harness.push(0s, audible(6s)), GST_FLOW_OK);
  harness.end();
  std::vector<Gap> gaps;
  for (const EventPtr& event : harness.events_until_end()) {
    if (const auto gap = read_gap_notice(event.get())) gaps.push_back(*gap);
  }
  ASSERT_THAT(gaps, SizeIs(1));
  EXPECT_EQ(gaps[0].reason, "recognizer_failed");
  EXPECT_TRUE(gaps[0].span.contains(3s));
  EXPECT_GE(harness.texts().size(), 2U);
  bool has_detail = false;
  std::optional<Statistics> statistics;
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING);
  for (const MessagePtr& message : harness.messages(kinds)) {
    EXPECT_NE(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_WARNING);
    has_detail |= read_gap_detail(message.get()).find("told to fail") != std::string::npos;
    if (const auto found = read_statistics(message.get())) statistics = found;
  }
  EXPECT_TRUE(has_detail);
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->failed_windows, 1U);
}

TEST_F(TideTranscribeTest, DropsWhatCannotHaveBeenSaid) {
  for (const char* fault : {"loop", "huge", "outside"}) {
    AudioHarness harness(transcribe(
        "recognizer", fmt::format(R"({{"troubles": [{{"fault": "{}"}}]}})", fault).c_str()));
    harness.push(10s, audible(10s));
    harness.end();
    for (const TextOut& out : harness.texts()) {
      EXPECT_LE(out.text.size(), 250U) << fault;
      EXPECT_GE(out.span.begin, 10s) << fault;
      EXPECT_LE(out.span.end, 20s) << fault;
    }
  }
}

TEST_F(TideTranscribeTest, StampsTextLaterByTheLateness) {
  AudioHarness harness(transcribe("recognizer", kTwoPhrases, "lateness", guint64{2'000'000'000}));
  harness.push(0s, audible(5s));
  harness.end();
  EXPECT_THAT(harness.texts(), ElementsAre(TextOut{"good morning", {3s, 3750ms}},
                                           TextOut{"everyone", {5s, 5500ms}}));
}

TEST_F(TideTranscribeTest, RefusesAModelThatCannotBeMade) {
  const ElementPtr element = transcribe("recognizer", "{\"nonsense\": 1}");
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal->message, HasSubstr("nonsense"));
}

TEST_F(TideTranscribeTest, RefusesAWindowThatIsTooShort) {
  const ElementPtr element = transcribe("max-window", guint64{1000});
  EXPECT_EQ(refusal_of(element.get()).value_or(Error{}).code, ErrorCode::kInvalidArgument);
}

TEST_F(TideTranscribeTest, ReportsTheLatencyItWasGivenOnTopOfUpstreams) {
  AudioHarness harness(transcribe("latency", guint64{3'000'000'000}));
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_set_upstream_latency(harness.get(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 3070 * GST_MSECOND);
}

TEST_F(TideTranscribeTest, LiveItKeepsTheLongestDelayAndSaysOnceThatAPromiseWasBroken) {
  AudioHarness harness(transcribe("latency", guint64{1'000'000'000}));
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_use_testclock(harness.get());
  gst_harness_query_latency(harness.get());
  gst_harness_set_time(harness.get(), 5 * GST_SECOND);
  harness.push(0s, audible(1s));
  harness.push(EventPtr(gst_event_new_gap(1 * GST_SECOND, 1 * GST_SECOND)));  // the first is whole
  harness.push(2s, audible(1s));
  harness.end();
  guint64 delay = 0;
  g_object_get(harness.element(), "max-observed-delay", &delay, nullptr);
  EXPECT_EQ(MediaDuration(delay), 5s - 900ms);  // the fake's first phrase ends at 0.9 s
  const auto warnings = harness.messages(GST_MESSAGE_WARNING);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(read_error(warnings[0].get()).message, HasSubstr("1.00 s were promised"));
}

TEST_F(TideTranscribeTest, AddsNoLatencyToAFile) {
  AudioHarness harness(transcribe("latency", guint64{3'000'000'000}));
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 0U);
}

}  // namespace
}  // namespace subtide
