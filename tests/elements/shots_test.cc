// tideshots: where shots change, and that the video does not notice.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include "elements/shots/gst_tide_shots.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "tests/engine/quality/test_pictures.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kVideo = "video/x-raw,format=GRAY8,width=320,height=180,framerate=25/1";

/// tideshots between a test's own source, a sink for the video and one for the shots.
class ShotHarness {
 public:
  explicit ShotHarness(ElementPtr element, bool is_asked = true, const char* caps = kVideo)
      : element_(std::move(element)) {
    gst_element_set_bus(element_.get(), bus_.get());
    video_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    if (is_asked) listen();
    gst_harness_set_src_caps_str(video_, caps);
  }
  ~ShotHarness() {
    if (shots_ != nullptr) gst_harness_teardown(shots_);
    gst_harness_teardown(video_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  ShotHarness(const ShotHarness&) = delete;
  ShotHarness& operator=(const ShotHarness&) = delete;

  void listen() { shots_ = gst_harness_new_with_element(element_.get(), nullptr, "shots"); }

  GstFlowReturn show(const TestPicture& picture, int times = 1) {
    GstFlowReturn flow = GST_FLOW_OK;
    for (int i = 0; i < times && flow == GST_FLOW_OK; ++i) {
      BufferPtr buffer(gst_buffer_new_memdup(picture.pixels.data(), picture.pixels.size()));
      set_span(buffer.get(), {now_, now_ + 40ms});
      now_ += 40ms;
      flow = gst_harness_push(video_, buffer.release());
    }
    return flow;
  }
  bool push(GstEvent* event) { return gst_harness_push_event(video_, event) != FALSE; }
  void jump(MediaTime to) { now_ = to; }

  /// Since the last call.
  std::vector<MediaTime> cuts() {
    std::vector<MediaTime> all;
    while (const BufferPtr buffer{gst_harness_try_pull(shots_)}) {
      EXPECT_EQ(gst_buffer_get_size(buffer.get()), 0U);
      all.push_back(span_of(buffer.get()).value_or(TimeSpan{}).begin);
    }
    return all;
  }
  /// Types of the events on the shots since the last call; GAPs are kept apart.
  std::vector<std::string> events() {
    std::vector<std::string> all;
    while (const EventPtr event{gst_harness_try_pull_event(shots_)}) {
      if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) {
        gaps_.push_back(*span_of_gap(event.get()));
      } else {
        all.emplace_back(GST_EVENT_TYPE_NAME(event.get()));
      }
    }
    return all;
  }
  std::vector<TimeSpan> gaps() {
    events();
    return std::exchange(gaps_, {});
  }
  GstHarness* video() { return video_; }
  GstBus* bus() { return bus_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_{gst_bus_new()};
  GstHarness* video_ = nullptr;
  GstHarness* shots_ = nullptr;
  MediaTime now_{0};
  std::vector<TimeSpan> gaps_;
};

class Shots : public testing::Test {
 protected:
  Shots() {
    start_gstreamer();
    register_tideshots(nullptr);
  }
  static ElementPtr shots() { return make_element("tideshots"); }
};

TEST_F(Shots, TellsTheFirstPictureOfEachShot) {
  ShotHarness harness(shots());
  harness.jump(10s);
  harness.show(scene(1), 25);
  harness.show(scene(2), 30);
  harness.show(scene(3), 25);
  EXPECT_THAT(harness.cuts(), ElementsAre(11s, 12200ms));
}

TEST_F(Shots, TellsUpToWhereNoneComes) {
  ShotHarness harness(shots());
  harness.show(scene(1), 20);
  harness.show(scene(2), 40);
  const auto gaps = harness.gaps();
  ASSERT_FALSE(gaps.empty());
  MediaTime until = 0s;
  for (const TimeSpan& gap : gaps) {
    EXPECT_EQ(gap.begin, until) << "without holes";
    EXPECT_FALSE(gap.contains(800ms) && gap.begin < 800ms) << "a gap over the cut";
    EXPECT_LE(gap.duration(), 500ms);
    until = gap.end;
  }
  EXPECT_GE(until, 60 * 40ms - 500ms);
}

TEST_F(Shots, TheStreamOfShotsIsWhole) {
  ShotHarness harness(shots());
  EXPECT_THAT(harness.events(), ElementsAre("stream-start", "caps", "segment"));
  harness.show(scene(1), 5);
  harness.push(gst_event_new_eos());
  EXPECT_THAT(harness.events(), ElementsAre("eos"));
}

TEST_F(Shots, PicturesPassAsTheyAre) {
  ShotHarness harness(shots());
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, 320 * 180, nullptr));
  gst_buffer_memset(buffer.get(), 0, 50, 320 * 180);
  GstBuffer* sent = buffer.get();
  gst_harness_push(harness.video(), buffer.release());
  EXPECT_EQ(BufferPtr(gst_harness_try_pull(harness.video())).get(), sent);
}

TEST_F(Shots, AFlushBeginsAnew) {
  ShotHarness harness(shots());
  harness.show(scene(1), 25);
  harness.events();
  harness.push(gst_event_new_flush_start());
  harness.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  harness.push(gst_event_new_segment(&segment));
  harness.jump(0s);
  EXPECT_EQ(harness.show(scene(2), 25), GST_FLOW_OK);
  EXPECT_THAT(harness.cuts(), IsEmpty());
  EXPECT_THAT(harness.events(), ElementsAre("flush-start", "flush-stop", "segment"));
  const auto gaps = harness.gaps();
  ASSERT_FALSE(gaps.empty());
  EXPECT_EQ(gaps.front().begin, 0s);
  EXPECT_EQ(harness.show(scene(1), 25), GST_FLOW_OK);
  EXPECT_THAT(harness.cuts(), ElementsAre(1s));
}

TEST_F(Shots, BeginsAnewBehindAStop) {
  const ElementPtr element = shots();
  for (int round = 0; round < 2; ++round) {
    ShotHarness harness(own_object(element.get()));
    harness.show(scene(1), 10);
    harness.show(scene(2), 10);
    EXPECT_THAT(harness.cuts(), ElementsAre(400ms));
  }
}

TEST_F(Shots, LooksAtNothingUntilSomebodyAsks) {
  ShotHarness harness(shots(), false);
  EXPECT_EQ(harness.show(scene(1), 25), GST_FLOW_OK);
  harness.listen();
  harness.show(scene(2), 25);
  EXPECT_THAT(harness.cuts(), IsEmpty()) << "the first scene was not looked at";
  EXPECT_EQ(harness.gaps().front().begin, 1s);
  harness.show(scene(3), 25);
  EXPECT_THAT(harness.cuts(), ElementsAre(2s));
}

TEST_F(Shots, TellsNothingOfFormatsItCannotLookAt) {
  ShotHarness harness(shots(), true,
                      "video/x-raw,format=GRAY16_LE,width=160,height=180,framerate=25/1");
  harness.show(scene(1), 25);
  harness.show(scene(2), 25);
  EXPECT_THAT(harness.cuts(), IsEmpty());
  EXPECT_GE(harness.gaps().back().end, 1500ms) << "nobody waits in vain";
  const MessagePtr message(gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_WARNING));
  ASSERT_TRUE(message);
  EXPECT_THAT(read_error(message.get()).message, testing::HasSubstr("videoconvert"));
}

TEST_F(Shots, ABufferWithoutTimePasses) {
  ShotHarness harness(shots());
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, 320 * 180, nullptr));
  EXPECT_EQ(gst_harness_push(harness.video(), buffer.release()), GST_FLOW_OK);
  EXPECT_THAT(harness.gaps(), IsEmpty());
}

TEST_F(Shots, ShotsDoNotTakePartInTheVideosCaps) {
  const ElementPtr pipeline = own_object(gst_parse_launch(
      "videotestsrc num-buffers=30 ! videoscale ! tideshots name=s ! "
      "video/x-raw,width=48,height=32 ! fakesink s.shots ! queue ! fakesink sync=false",
      nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr end(
      gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
}

TEST_F(Shots, HowMuchMustChangeIsAProperty) {
  ElementPtr element = shots();
  g_object_set(element.get(), "least-change", 0.9, nullptr);
  gdouble share = 0;
  g_object_get(element.get(), "least-change", &share, nullptr);
  EXPECT_EQ(share, 0.9);
  GParamSpec* spec =
      g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "least-change");
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_DOUBLE);
  g_value_set_double(&value, 2);
  EXPECT_TRUE(g_param_value_validate(spec, &value)) << "refused";
  g_value_unset(&value);
  ShotHarness harness(std::move(element));
  harness.show(scene(1), 25);
  harness.show(scene(2), 25);
  EXPECT_THAT(harness.cuts(), IsEmpty());
}

TEST_F(Shots, AddsNoLatency) {
  ShotHarness harness(shots());
  gst_harness_set_upstream_latency(harness.video(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.video()), 70 * GST_MSECOND);
}

}  // namespace
}  // namespace subtide
