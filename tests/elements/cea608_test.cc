#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "elements/cea608/caption_note.h"
#include "elements/cea608/gst_tide_cea608.h"
#include "engine/gst/epoch_event.h"
#include "tests/engine/subtitles/cea608_samples.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::make_element;
using testing_support::refusal_of;
using testing_support::TextHarness;

constexpr const char* kBare = "closedcaption/x-cea-608, format=(string)raw";

class TideCea608Test : public testing::Test {
 protected:
  TideCea608Test() {
    testing_support::start_gstreamer();
    register_tidecea608(nullptr);
  }

  static ElementPtr encoder_element(const char* mode = "pop-on", const char* rate = "30/1") {
    ElementPtr element = make_element("tidecea608");
    gst_util_set_object_arg(G_OBJECT(element.get()), "mode", mode);
    gst_util_set_object_arg(G_OBJECT(element.get()), "framerate", rate);
    return element;
  }

  static void restart_for(TextHarness& harness, const char* sink_caps) {
    gst_element_set_state(harness.element(), GST_STATE_READY);
    gst_harness_set_sink_caps_str(harness.get(), sink_caps);
    gst_harness_play(harness.get());
    gst_harness_set_src_caps_str(harness.get(), "text/x-raw, format=(string)utf8");
  }

  static GstFlowReturn push(TextHarness& harness, const Cue& cue) {
    BufferPtr buffer = make_text_buffer(cue.lines.empty() ? "" : cue.lines[0], cue.span);
    attach_cue(buffer.get(), std::make_shared<const Cue>(cue));
    return gst_harness_push(harness.get(), buffer.release());
  }

  /// What came out so far, as pairs; of cc_data without its header.
  static std::vector<Cea608Slot> pull_slots(TextHarness& harness) {
    std::vector<Cea608Slot> slots;
    while (const BufferPtr buffer = BufferPtr(gst_harness_try_pull(harness.get()))) {
      std::uint8_t bytes[3] = {};
      const gsize size = gst_buffer_extract(buffer.get(), 0, bytes, sizeof bytes);
      if (size == 3) headers().push_back(bytes[0]);
      slots.push_back({span_of(buffer.get()).value(), {bytes[size - 2], bytes[size - 1]}});
    }
    return slots;
  }
  static std::vector<int>& headers() {
    static std::vector<int> all;
    return all;
  }
  static std::vector<Shown> pull_shown(TextHarness& harness) {
    return decode(pull_slots(harness), Cea608Channel::kCc1);
  }
  static std::vector<Cea608Note> notes(TextHarness& harness) {
    std::vector<Cea608Note> all;
    while (const MessagePtr message = harness.message(GST_MESSAGE_ELEMENT)) {
      if (auto note = read_caption_note(message.get())) all.push_back(*note);
    }
    return all;
  }
};

const Cue kFirst = caption(2s, 4s, {"The budget", "is ready."});
const Cue kSecond = caption(6s, 8s, {"Nobody has seen it."});

TEST_F(TideCea608Test, ShowsEachCueOnItsFrame) {
  TextHarness harness(encoder_element());
  EXPECT_EQ(push(harness, kFirst), GST_FLOW_OK);
  EXPECT_EQ(push(harness, kSecond), GST_FLOW_OK);
  EXPECT_TRUE(harness.push_end());
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{2s, "The budget/is ready."}, Shown{4s, ""},
                                               Shown{6s, "Nobody has seen it."}, Shown{8s, ""}));
}

TEST_F(TideCea608Test, GivesABufferForEachFrameWithoutAHole) {
  TextHarness harness(encoder_element("pop-on", "30000/1001"));
  push(harness, kFirst);
  harness.push_gap({4s, 10s});
  const auto slots = pull_slots(harness);
  ASSERT_FALSE(slots.empty());
  EXPECT_EQ(slots.front().span.begin, 0s);
  for (std::size_t at = 1; at < slots.size(); ++at) {
    ASSERT_EQ(slots[at].span.begin, slots[at - 1].span.end);
  }
  // What a cue at ten seconds would need is not given away.
  EXPECT_GT(slots.back().span.end, 8s);
  EXPECT_LT(slots.back().span.end, 8500ms);
}

TEST_F(TideCea608Test, GivesTheSamePairsHoweverTheTextIsCutByGaps) {
  TextHarness whole(encoder_element());
  push(whole, kFirst);
  push(whole, kSecond);
  whole.push_end();
  TextHarness cut(encoder_element());
  for (int at = 0; at < 20; ++at) cut.push_gap({at * 100ms, (at + 1) * 100ms});
  push(cut, kFirst);
  for (int at = 40; at < 60; ++at) cut.push_gap({at * 100ms, (at + 1) * 100ms});
  push(cut, kSecond);
  cut.push_end();
  EXPECT_EQ(pull_slots(cut), pull_slots(whole));
}

TEST_F(TideCea608Test, TakesPlainTextOfOtherElements) {
  TextHarness harness(encoder_element("paint-on"));
  EXPECT_EQ(harness.push_text("", {0s, 1s}), GST_FLOW_OK);
  EXPECT_EQ(harness.push_text("AB\nCD", {1s, 3s}), GST_FLOW_OK);
  harness.push_end();
  const auto shown = pull_shown(harness);
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[1].text, "AB/CD");
  EXPECT_EQ(shown[2], (Shown{3s, ""}));
}

TEST_F(TideCea608Test, EndSendsTheRestUpToTheClearedScreen) {
  TextHarness harness(encoder_element());
  push(harness, kFirst);
  EXPECT_THAT(pull_shown(harness), IsEmpty());
  EXPECT_TRUE(harness.push_end());
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{2s, "The budget/is ready."}, Shown{4s, ""}));
  EXPECT_NE(harness.pull_event(GST_EVENT_EOS), nullptr);
}

TEST_F(TideCea608Test, AFlushDropsTheCueUnderWayAndTheStreamGoesOn) {
  TextHarness harness(encoder_element());
  push(harness, kFirst);
  harness.flush();
  EXPECT_THAT(pull_shown(harness), IsEmpty());
  EXPECT_EQ(push(harness, kSecond), GST_FLOW_OK);
  harness.push_end();
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{6s, "Nobody has seen it."}, Shown{8s, ""}));
}

TEST_F(TideCea608Test, ANewSegmentSendsTheRestAndStartsAtItsOwnTime) {
  TextHarness harness(encoder_element());
  push(harness, kFirst);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 100 * GST_SECOND;
  harness.push(EventPtr(gst_event_new_segment(&segment)));
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{2s, "The budget/is ready."}, Shown{4s, ""}));
  push(harness, caption(103s, 104s, {"Later"}));
  harness.push_end();
  const auto slots = pull_slots(harness);
  EXPECT_EQ(slots.front().span.begin, 100s);
  EXPECT_THAT(decode(slots, Cea608Channel::kCc1),
              ElementsAre(Shown{103s, "Later"}, Shown{104s, ""}));
}

TEST_F(TideCea608Test, StartsAfreshAfterItWasStopped) {
  TextHarness harness(encoder_element());
  push(harness, kFirst);
  gst_element_set_state(harness.element(), GST_STATE_READY);
  gst_harness_play(harness.get());
  gst_harness_set_src_caps_str(harness.get(), "text/x-raw, format=(string)utf8");
  EXPECT_EQ(push(harness, kSecond), GST_FLOW_OK);
  harness.push_end();
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{6s, "Nobody has seen it."}, Shown{8s, ""}));
}

TEST_F(TideCea608Test, RefusesAFrameRateWithoutCaptionsAndABaseRowWithoutRoom) {
  const ElementPtr odd_rate = encoder_element("pop-on", "15/1");
  ASSERT_TRUE(refusal_of(odd_rate.get()).has_value());
  EXPECT_EQ(refusal_of(odd_rate.get())->code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal_of(odd_rate.get())->message, HasSubstr("30000/1001"));
  const ElementPtr high_row = encoder_element("roll-up-4");
  g_object_set(high_row.get(), "base-row", 2, nullptr);
  ASSERT_TRUE(refusal_of(high_row.get()).has_value());
  EXPECT_THAT(refusal_of(high_row.get())->message, HasSubstr("4 to 15"));
}

TEST_F(TideCea608Test, RefusesTextWithoutTime) {
  TextHarness harness(encoder_element());
  BufferPtr buffer = make_text_buffer("words", {});
  GST_BUFFER_PTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  EXPECT_EQ(gst_harness_push(harness.get(), buffer.release()), GST_FLOW_ERROR);
  const MessagePtr message = harness.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_error(message.get()).code, ErrorCode::kBadInput);
}

TEST_F(TideCea608Test, AddsNoLatencyToWhatIsNotLive) {
  TextHarness harness(encoder_element());
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 0U);
}

TEST_F(TideCea608Test, AddsTheTimeACaptionLoadsToALiveLatency) {
  const auto live_latency = [](const char* mode) {
    TextHarness harness(encoder_element(mode));
    gst_harness_set_live(harness.get(), TRUE);
    gst_harness_set_upstream_latency(harness.get(), GST_SECOND);
    return gst_harness_query_latency(harness.get());
  };
  EXPECT_EQ(live_latency("pop-on"), GST_SECOND + 49 * GST_SECOND / 30);
  EXPECT_EQ(live_latency("roll-up-2"), GST_SECOND + 3 * GST_SECOND / 30);
}

TEST_F(TideCea608Test, WritesConstructsOfItsFieldForWhoTakesCcData) {
  for (const auto& [channel, header] : {std::pair{"CC1", 0xFC}, {"CC2", 0xFC}, {"CC3", 0xFD}}) {
    headers().clear();
    ElementPtr element = encoder_element();
    gst_util_set_object_arg(G_OBJECT(element.get()), "channel", channel);
    TextHarness harness(std::move(element));
    push(harness, kFirst);
    harness.push_end();
    const auto slots = pull_slots(harness);
    EXPECT_EQ(headers().size(), slots.size());
    EXPECT_THAT(headers(), Each(header));
  }
}

TEST_F(TideCea608Test, WritesTheBarePairForWhoWantsIt) {
  TextHarness harness(encoder_element());
  restart_for(harness, kBare);
  headers().clear();
  push(harness, kFirst);
  harness.push_end();
  EXPECT_THAT(pull_shown(harness), ElementsAre(Shown{2s, "The budget/is ready."}, Shown{4s, ""}));
  EXPECT_THAT(headers(), IsEmpty());
}

TEST_F(TideCea608Test, RefusesTheBarePairForTheSecondField) {
  ElementPtr element = encoder_element();
  gst_util_set_object_arg(G_OBJECT(element.get()), "channel", "CC3");
  TextHarness harness(std::move(element));
  restart_for(harness, kBare);
  const MessagePtr message = harness.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_error(message.get()).code, ErrorCode::kUnsupported);
  EXPECT_THAT(pull_slots(harness), IsEmpty());
}

TEST_F(TideCea608Test, TellsWhatItCouldNotSpellAndWhatCameLate) {
  TextHarness harness(encoder_element());
  harness.push_gap({0s, 10s});
  push(harness, caption(3s, 5s, {"Dvořák 日本"}));
  harness.push_end();
  const auto all = notes(harness);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, Cea608Note::Kind::kUnspelled);
  EXPECT_EQ(all[0].text, "ř");
  EXPECT_EQ(all[0].instead, "r");
  EXPECT_EQ(all[0].position, 3U);
  EXPECT_EQ(all[0].span, (TimeSpan{3s, 5s}));
  EXPECT_EQ(all[1].text, "日本");
  EXPECT_EQ(all[1].instead, "");
  EXPECT_EQ(all[2].kind, Cea608Note::Kind::kLate);
  EXPECT_GT(all[2].late, 5s);
  EXPECT_EQ(all[2].cue_id, "00:00:03.000");
}

TEST_F(TideCea608Test, EpochsAndNoticesPass) {
  TextHarness harness(encoder_element());
  const Epoch epoch{1, 5s, 90s, {}, "reconnect"};
  const Gap gap{{3s, 5s}, "recognizer_failed"};
  harness.push(make_event(epoch));
  harness.push(make_event(gap));
  bool has_epoch = false;
  bool has_gap = false;
  for (const EventPtr& event : harness.pull_events()) {
    has_epoch |= read_epoch(event.get()) == epoch;
    has_gap |= read_gap_notice(event.get()) == gap;
  }
  EXPECT_TRUE(has_epoch);
  EXPECT_TRUE(has_gap);
}

}  // namespace
}  // namespace subtide
