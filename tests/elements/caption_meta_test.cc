#include "elements/cea608/gst_tide_caption_meta.h"

#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <future>

#include "elements/cea608/gst_tide_cea608.h"
#include "tests/engine/subtitles/cea608_samples.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::make_element;

constexpr const char* kVideo =
    "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au";
constexpr const char* kCaptions = "closedcaption/x-cea-708, format=(string)cc_data";

/// The element between a source of video, a source of captions and a sink.
class CaptionMetaTest : public testing::Test {
 protected:
  CaptionMetaTest() {
    testing_support::start_gstreamer();
    register_tidecaptionmeta(nullptr);
    element_ = make_element("tidecaptionmeta");
    video_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    captions_ = gst_harness_new_with_element(element_.get(), "caption", nullptr);
    gst_harness_set_live(video_, FALSE);
    gst_harness_set_live(captions_, FALSE);
    gst_harness_set_src_caps_str(video_, kVideo);
    gst_harness_set_src_caps_str(captions_, kCaptions);
  }
  ~CaptionMetaTest() override {
    gst_harness_teardown(captions_);
    gst_harness_teardown(video_);
  }

  /// Frame `number` of 25 a second says "a", "b", …
  void caption_frame(int number) {
    const std::uint8_t text = with_odd_parity(static_cast<std::uint8_t>('a' + number));
    const std::uint8_t bytes[] = {0xFC, text, 0x80};
    BufferPtr buffer(gst_buffer_new_memdup(bytes, sizeof bytes));
    set_span(buffer.get(), {number * 40ms, (number + 1) * 40ms});
    EXPECT_EQ(gst_harness_push(captions_, buffer.release()), GST_FLOW_OK);
  }
  void caption_frames(int count) {
    for (int number = 0; number < count; ++number) caption_frame(number);
  }
  void end_captions() { gst_harness_push_event(captions_, gst_event_new_eos()); }

  GstFlowReturn push_frame(MediaTime shown, MediaTime decoded) {
    BufferPtr buffer(gst_buffer_new_memdup("unit", 4));
    set_span(buffer.get(), {shown, shown + 40ms});
    GST_BUFFER_DTS(buffer.get()) = to_clock_time(decoded);
    return gst_harness_push(video_, buffer.release());
  }
  GstFlowReturn push_frame(int number) { return push_frame(number * 40ms, number * 40ms); }

  /// The letters on the next access unit.
  std::string pull_letters() {
    const BufferPtr buffer(gst_harness_pull(video_));
    const GstVideoCaptionMeta* meta = gst_buffer_get_video_caption_meta(buffer.get());
    std::string letters;
    for (gsize at = 0; meta != nullptr && at + 2 < meta->size; at += 3) {
      letters += static_cast<char>(meta->data[at + 1] & 0x7F);
    }
    return letters;
  }

  ElementPtr element_;
  GstHarness* video_ = nullptr;
  GstHarness* captions_ = nullptr;
};

TEST_F(CaptionMetaTest, EachAccessUnitCarriesThePairOfTheFrameItShows) {
  caption_frames(6);
  // I0 P4 B2 b1 b3: decoded in another order than shown.
  const std::pair<int, int> units[] = {{0, 0}, {4, 0}, {2, 0}, {1, 1}, {3, 2}};
  std::string letters;
  for (const auto& [shown, decoded] : units) {
    EXPECT_EQ(push_frame(shown * 40ms, decoded * 40ms), GST_FLOW_OK);
    letters += pull_letters();
  }
  EXPECT_EQ(letters, "aecbd");
}

TEST_F(CaptionMetaTest, TimesRoundedByAContainerLoseNoPair) {
  caption_frames(8);
  std::string letters;
  for (int number = 0; number < 6; ++number) {
    const MediaTime rounded = number * 40ms + (number % 2 == 0 ? -1ms : 1ms) * (number > 0);
    EXPECT_EQ(push_frame(rounded, rounded), GST_FLOW_OK);
    const std::string one = pull_letters();
    EXPECT_EQ(one.size(), 1U);
    letters += one;
  }
  EXPECT_EQ(letters, "abcdef");
}

TEST_F(CaptionMetaTest, VideoWaitsUntilItsCaptionsAreKnown) {
  auto pushed = std::async(std::launch::async, [&] { return push_frame(0); });
  EXPECT_EQ(pushed.wait_for(50ms), std::future_status::timeout);
  caption_frames(2);
  EXPECT_EQ(pushed.get(), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "a");
}

TEST_F(CaptionMetaTest, VideoThatDoesNotWaitTakesLateCaptionsOnLaterFrames) {
  g_object_set(element_.get(), "wait", FALSE, nullptr);
  EXPECT_EQ(push_frame(0), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "");
  caption_frames(2);
  EXPECT_EQ(push_frame(1), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "ab");
}

TEST_F(CaptionMetaTest, WithoutCaptionsLinkedVideoPasses) {
  const PadPtr caption(gst_element_get_static_pad(element_.get(), "caption"));
  const PadPtr peer(gst_pad_get_peer(caption.get()));
  gst_pad_unlink(peer.get(), caption.get());
  EXPECT_EQ(push_frame(0), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "");
  gst_pad_link(peer.get(), caption.get());
}

TEST_F(CaptionMetaTest, AGapOfTheCaptionsLetsVideoGo) {
  gst_harness_push_event(captions_, gst_event_new_gap(0, GST_SECOND));
  EXPECT_EQ(push_frame(3), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "");
}

TEST_F(CaptionMetaTest, AfterTheEndOfTheCaptionsVideoGoesOnAlone) {
  caption_frames(2);
  end_captions();
  std::string letters;
  for (int number = 0; number < 5; ++number) {
    EXPECT_EQ(push_frame(number), GST_FLOW_OK);
    letters += pull_letters();
  }
  EXPECT_EQ(letters, "ab");
  gst_harness_push_event(video_, gst_event_new_eos());
  while (const EventPtr event = EventPtr(gst_harness_pull_event(video_))) {
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) return;
  }
  ADD_FAILURE() << "no end of stream came out";
}

TEST_F(CaptionMetaTest, AFlushWakesWaitingVideoAndTheStreamGoesOn) {
  auto pushed = std::async(std::launch::async, [&] { return push_frame(0); });
  EXPECT_EQ(pushed.wait_for(50ms), std::future_status::timeout);
  gst_harness_push_event(video_, gst_event_new_flush_start());
  EXPECT_EQ(pushed.get(), GST_FLOW_FLUSHING);
  gst_harness_push_event(video_, gst_event_new_flush_stop(TRUE));
  gst_harness_push_event(captions_, gst_event_new_flush_start());
  gst_harness_push_event(captions_, gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(video_, gst_event_new_segment(&segment));
  gst_harness_push_event(captions_, gst_event_new_segment(&segment));
  caption_frames(2);
  EXPECT_EQ(push_frame(0), GST_FLOW_OK);
  EXPECT_EQ(pull_letters(), "a");
}

TEST_F(CaptionMetaTest, StoppingWakesWaitingVideo) {
  auto pushed = std::async(std::launch::async, [&] { return push_frame(0); });
  EXPECT_EQ(pushed.wait_for(50ms), std::future_status::timeout);
  gst_element_set_state(element_.get(), GST_STATE_READY);
  EXPECT_EQ(pushed.get(), GST_FLOW_FLUSHING);
}

TEST_F(CaptionMetaTest, RefusesVideoThatIsNotCutIntoAccessUnits) {
  const PadPtr sink(gst_element_get_static_pad(element_.get(), "sink"));
  const CapsPtr caps(gst_caps_from_string("video/x-h264, alignment=(string)nal"));
  EXPECT_FALSE(gst_pad_query_accept_caps(sink.get(), caps.get()));
}

TEST_F(CaptionMetaTest, AddsNoLatencyToWhatIsNotLive) {
  EXPECT_EQ(gst_harness_query_latency(video_), 0U);
}

TEST_F(CaptionMetaTest, TheLongerWayCountsInALiveLatency) {
  for (GstHarness* harness : {video_, captions_}) gst_harness_set_live(harness, TRUE);
  gst_harness_set_upstream_latency(video_, GST_SECOND);
  gst_harness_set_upstream_latency(captions_, 3 * GST_SECOND);
  EXPECT_EQ(gst_harness_query_latency(video_), 3 * GST_SECOND);
  g_object_set(element_.get(), "latency", guint64{GST_SECOND / 2}, nullptr);
  EXPECT_EQ(gst_harness_query_latency(video_), 3 * GST_SECOND + GST_SECOND / 2);
}

/// The letters that a decoder sees, off real H.264 with frames out of order.
TEST_F(CaptionMetaTest, CaptionsOfRealVideoAreInTheOrderOfItsFrames) {
  register_tidecea608(nullptr);
  const ElementPtr pipeline = own_object(gst_parse_launch(
      "appsrc name=text format=time caps=text/x-raw,format=utf8 ! tidecea608 framerate=30/1 ! "
      "m.caption videotestsrc num-buffers=180 ! video/x-raw,width=64,height=64,framerate=30/1 ! "
      "x264enc speed-preset=veryfast bframes=3 key-int-max=30 ! h264parse ! "
      "video/x-h264,alignment=au ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! "
      "m.sink tidecaptionmeta name=m ! appsink name=out sync=false",
      nullptr));
  const ElementPtr text(gst_bin_get_by_name(GST_BIN(pipeline.get()), "text"));
  const ElementPtr out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  GstFlowReturn flow = GST_FLOW_OK;
  for (const auto& [line, span] : {std::pair{"The budget is ready", TimeSpan{2s, 3s}},
                                   {"Nobody has seen it.", TimeSpan{4s, 5s}}}) {
    const BufferPtr buffer = make_text_buffer(line, span);
    g_signal_emit_by_name(text.get(), "push-buffer", buffer.get(), &flow);
  }
  g_signal_emit_by_name(text.get(), "end-of-stream", &flow);

  std::vector<Cea608Slot> slots;
  std::optional<MediaTime> first;
  while (const GstPtr<GstSample> sample = GstPtr<GstSample>(
             gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 20 * GST_SECOND))) {
    GstBuffer* unit = gst_sample_get_buffer(sample.get());
    const MediaTime shown(static_cast<gint64>(gst_segment_to_running_time(
        gst_sample_get_segment(sample.get()), GST_FORMAT_TIME, GST_BUFFER_PTS(unit))));
    const GstVideoCaptionMeta* meta = gst_buffer_get_video_caption_meta(unit);
    if (meta == nullptr) continue;
    for (gsize at = 0; at + 2 < meta->size; at += 3) {
      slots.push_back({{shown, shown}, {meta->data[at + 1], meta->data[at + 2]}});
    }
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  EXPECT_FALSE(std::ranges::is_sorted(slots, {}, [](const auto& one) { return one.span.begin; }));
  std::ranges::stable_sort(slots, {}, [](const auto& one) { return one.span.begin; });
  EXPECT_THAT(decode(slots, Cea608Channel::kCc1),
              ElementsAre(Shown{2s, "The budget is ready"}, Shown{3s, ""},
                          Shown{4s, "Nobody has seen it."}, Shown{5s, ""}));
}

TEST_F(CaptionMetaTest, LiveVideoDoesNotWaitForCaptionsThatDoNotCome) {
  const ElementPtr pipeline = own_object(gst_parse_launch(
      "appsrc is-live=true format=time caps=closedcaption/x-cea-708,format=cc_data ! m.caption "
      "videotestsrc is-live=true num-buffers=15 ! video/x-raw,width=64,height=64,framerate=30/1 ! "
      "x264enc tune=zerolatency ! h264parse ! m.sink tidecaptionmeta name=m ! "
      "appsink name=out sync=false",
      nullptr));
  const ElementPtr out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  int units = 0;
  while (const GstPtr<GstSample> sample = GstPtr<GstSample>(
             gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 20 * GST_SECOND))) {
    ++units;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  EXPECT_EQ(units, 15);
}

}  // namespace
}  // namespace subtide
