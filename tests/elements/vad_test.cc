#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "elements/vad/gst_tide_vad.h"
#include "tests/support/gst_audio_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testing_support;

class TideVadTest : public testing::Test {
 protected:
  TideVadTest() {
    start_gstreamer();
    register_tidevad(nullptr, std::make_shared<FakeModels>());
  }

  template <typename... Settings>
  static ElementPtr vad(Settings... settings) {
    ElementPtr element = make_element("tidevad");
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }

  static std::vector<std::int16_t> two_words() {
    std::vector<std::int16_t> all;
    for (const auto& part : {silent(1024ms), audible(1024ms), silent(2048ms), audible(512ms)}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  static std::vector<TimeSpan> told(const AudioHarness& harness) {
    std::vector<TimeSpan> spans;
    for (const EventPtr& event : harness.events_until_end()) {
      if (const auto end = read_speech_end(event.get())) spans.push_back(end->span);
    }
    return spans;
  }
};

const TimeSpan kFirst{10s + 874ms, 10s + 2198ms};
const TimeSpan kSecond{10s + 3946ms, 10s + 4608ms};

TEST_F(TideVadTest, TellsWhereSpeechBeginsAndEndsAndPassesAudioUntouched) {
  AudioHarness harness(vad());
  const auto audio = two_words();
  EXPECT_EQ(harness.push(10s, audio, audio.size()), GST_FLOW_OK);
  harness.end();
  EXPECT_THAT(told(harness), ElementsAre(kFirst, kSecond));
  const BufferPtr out(gst_harness_pull(harness.get()));
  EXPECT_EQ(span_of(out.get())->begin, 10s);
  EXPECT_TRUE(std::ranges::equal(AudioSamples(out.get()).get(), audio));
}

TEST_F(TideVadTest, TellsTheApplicationInStreamTimeAndCounts) {
  AudioHarness harness(vad());
  harness.push(10s, two_words());
  harness.end();
  std::vector<TimeSpan> ends;
  std::optional<Statistics> statistics;
  std::optional<LoadedModel> model;
  for (const MessagePtr& message : harness.messages(GST_MESSAGE_ELEMENT)) {
    if (const auto end = read_speech_end(message.get())) ends.push_back(end->span);
    if (const auto found = read_statistics(message.get())) statistics = found;
    if (const auto found = read_loaded_model(message.get())) model = found;
  }
  EXPECT_THAT(ends, ElementsAre(kFirst, kSecond));
  ASSERT_TRUE(statistics && model);
  EXPECT_EQ(statistics->audio, 4608ms);
  EXPECT_EQ(statistics->speech, kFirst.duration() + kSecond.duration());
  EXPECT_EQ(model->role, "vad");
}

TEST_F(TideVadTest, TellsTheSameForAnySizeOfBuffers) {
  for (const std::size_t size : {1U, 511U, 5000U}) {
    AudioHarness harness(vad());
    harness.push(10s, two_words(), size == 1 ? 37 : size);
    harness.end();
    EXPECT_THAT(told(harness), ElementsAre(kFirst, kSecond)) << size;
  }
}

TEST_F(TideVadTest, NamesItsModelInTheStreamBeforeTheAudio) {
  AudioHarness harness(vad());
  harness.push(0s, silent(1s));
  const EventPtr sticky(gst_pad_get_sticky_event(GST_PAD_PEER(harness.get()->sinkpad),
                                                 GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, 0));
  ASSERT_NE(sticky, nullptr);
  EXPECT_EQ(read_loaded_model(sticky.get())->role, "vad");
}

TEST_F(TideVadTest, EndClosesOpenSpeechBeforeItGoesOn) {
  AudioHarness harness(vad());
  harness.push(0s, audible(2s));
  harness.end();
  EXPECT_THAT(told(harness), ElementsAre(TimeSpan{0s, 2s}));
}

TEST_F(TideVadTest, AFlushForgetsOpenSpeechAndTheStreamGoesOn) {
  AudioHarness harness(vad());
  harness.push(0s, audible(2s));
  harness.flush();
  harness.push(60s, audible(1s));
  harness.end();
  EXPECT_THAT(told(harness), ElementsAre(TimeSpan{60s, 61s}));
}

TEST_F(TideVadTest, AJumpEndsOpenSpeech) {
  AudioHarness harness(vad());
  harness.push(0s, audible(2s));
  harness.push(5s, audible(1s));
  harness.end();
  EXPECT_THAT(told(harness), ElementsAre(TimeSpan{0s, 2s}, TimeSpan{5s, 6s}));
}

TEST_F(TideVadTest, RefusesWhatItCannotDo) {
  const ElementPtr unknown = vad("detector", "{\"speech\": 3}");
  EXPECT_EQ(refusal_of(unknown.get()).value_or(Error{}).code, ErrorCode::kInvalidArgument);
  const ElementPtr late = vad("minimum-silence", guint64{3'000'000'000});
  EXPECT_THAT(refusal_of(late.get()).value_or(Error{}).message, HasSubstr("minimum-silence"));
}

TEST_F(TideVadTest, AddsNoLatency) {
  AudioHarness harness(vad());
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_set_upstream_latency(harness.get(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 70 * GST_MSECOND);
}

}  // namespace
}  // namespace subtide
