// tideslate, and the pictures that it makes.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "elements/slate/gst_tide_slate.h"
#include "elements/slate/slate_picture.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/picture_maker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kCaps = "video/x-raw,format=I420,width=64,height=36,framerate=25/1";
constexpr std::size_t kLuma = 64 * 36;
constexpr std::uint8_t kGrey = 150;

/// What came out, in words a test can compare.
struct PictureOut {
  TimeSpan span;
  int luma = 0;  ///< mean
  const GstMemory* memory = nullptr;
};

int mean_luma(GstBuffer* buffer) {
  GstMapInfo map = GST_MAP_INFO_INIT;
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  long sum = 0;
  for (std::size_t i = 0; i < kLuma; ++i) sum += map.data[i];
  gst_buffer_unmap(buffer, &map);
  return static_cast<int>(sum / static_cast<long>(kLuma));
}

/// tideslate between a test's own source and sink.
class SlateHarness {
 public:
  explicit SlateHarness(ElementPtr element, const char* caps = kCaps)
      : element_(std::move(element)), bus_(gst_bus_new()) {
    gst_element_set_bus(element_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_src_caps_str(harness_, caps);
  }
  ~SlateHarness() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  SlateHarness(const SlateHarness&) = delete;
  SlateHarness& operator=(const SlateHarness&) = delete;

  static BufferPtr picture(MediaTime at, std::size_t size = kLuma * 3 / 2) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
    gst_buffer_memset(buffer.get(), 0, kGrey, size);
    set_span(buffer.get(), {at, at + 40ms});
    return buffer;
  }
  GstFlowReturn push(MediaTime at) { return push(picture(at)); }
  GstFlowReturn push(BufferPtr buffer) { return gst_harness_push(harness_, buffer.release()); }
  bool push(GstEvent* event) { return gst_harness_push_event(harness_, event) != FALSE; }
  bool gap(TimeSpan span) {
    return push(gst_event_new_gap(to_clock_time(span.begin), to_clock_time(span.duration())));
  }
  bool epoch(int number, MediaTime begins) {
    Epoch epoch;
    epoch.number = number;
    epoch.begins = begins;
    return push(make_event(epoch).release());
  }

  std::vector<PictureOut> pull() {
    std::vector<PictureOut> all;
    while (const BufferPtr buffer{gst_harness_try_pull(harness_)}) {
      all.push_back({span_of(buffer.get()).value_or(TimeSpan{}), mean_luma(buffer.get()),
                     gst_buffer_peek_memory(buffer.get(), 0)});
    }
    return all;
  }
  std::vector<BufferPtr> pull_buffers() {
    std::vector<BufferPtr> all;
    while (GstBuffer* buffer = gst_harness_try_pull(harness_)) all.emplace_back(buffer);
    return all;
  }
  /// Names of the events that came out of that kind: types, and structures of custom ones.
  std::vector<std::string> events() {
    std::vector<std::string> all;
    while (const EventPtr event{gst_harness_try_pull_event(harness_)}) {
      const GstStructure* fields = gst_event_get_structure(event.get());
      const bool is_custom = GST_EVENT_TYPE(event.get()) >= GST_EVENT_CUSTOM_UPSTREAM;
      all.emplace_back(is_custom ? gst_structure_get_name(fields)
                                 : GST_EVENT_TYPE_NAME(event.get()));
    }
    return all;
  }
  GstHarness* raw() { return harness_; }
  GstBus* bus() { return bus_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_;
  GstHarness* harness_ = nullptr;
};

class Slate : public testing::Test {
 protected:
  Slate() {
    start_gstreamer();
    register_tideslate(nullptr);
  }
  static ElementPtr slate() { return make_element("tideslate"); }
};

TEST_F(Slate, PicturesPassAsTheyAre) {
  SlateHarness harness(slate());
  harness.push(0s);
  harness.push(40ms);
  harness.push(1s);  // a hole that nobody told of
  const auto all = harness.pull();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[1].span, (TimeSpan{40ms, 80ms}));
  EXPECT_EQ(all[2].span, (TimeSpan{1s, 1s + 40ms}));
}

TEST_F(Slate, AGapIsFilledWithTheLastPictureThenWithTheSlate) {
  SlateHarness harness(slate());
  harness.push(0s);
  harness.pull();
  for (MediaTime at = 40ms; at < 4s; at += 400ms) EXPECT_TRUE(harness.gap({at, at + 400ms}));
  const auto all = harness.pull();
  ASSERT_THAT(all, SizeIs(100));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].span, (TimeSpan{40ms * (i + 1), 40ms * (i + 2)}));
    if (i < 50) {
      EXPECT_EQ(all[i].luma, kGrey) << i;
    } else {
      EXPECT_LT(all[i].luma, 60) << i;
    }
  }
  EXPECT_THAT(harness.events(), testing::Not(testing::Contains("gap")));
}

TEST_F(Slate, AnHourWithoutPicturesTakesTheMemoryOfTwo) {
  SlateHarness harness(slate());
  harness.push(0s);
  std::set<const GstMemory*> memories;
  std::size_t count = 0;
  for (MediaTime at = 0s; at < 1h; at += 500ms) {
    harness.gap({at, at + 500ms});
    for (const auto& one : harness.pull()) {
      memories.insert(one.memory);
      ++count;
    }
  }
  EXPECT_EQ(count, 3600U * 25);
  EXPECT_EQ(memories.size(), 2U);
}

TEST_F(Slate, TheRestOfAGapIsFilledWhenTheNextPictureComes) {
  SlateHarness harness(slate());
  harness.push(0s);
  harness.gap({40ms, 150ms});
  EXPECT_THAT(harness.pull(), SizeIs(3)) << "the picture and two";
  harness.push(310ms);
  const auto all = harness.pull();
  ASSERT_THAT(all, SizeIs(5));
  EXPECT_EQ(all[3].span, (TimeSpan{240ms, 280ms}));
  EXPECT_EQ(all[4].span, (TimeSpan{310ms, 350ms}));
}

TEST_F(Slate, ABufferWithoutTimeAndOneFromBeforeTheStandInsDoNoHarm) {
  SlateHarness harness(slate());
  harness.push(0s);
  harness.gap({40ms, 200ms});
  harness.pull();
  EXPECT_EQ(harness.push(100ms), GST_FLOW_OK);
  EXPECT_THAT(harness.pull(), IsEmpty());
  BufferPtr timeless = SlateHarness::picture(0s);
  GST_BUFFER_PTS(timeless.get()) = GST_CLOCK_TIME_NONE;
  EXPECT_EQ(harness.push(std::move(timeless)), GST_FLOW_OK);
  EXPECT_THAT(harness.pull(), SizeIs(1));
}

TEST_F(Slate, GapsBeforeTheFirstPicturePass) {
  SlateHarness harness(slate());
  EXPECT_TRUE(harness.gap({0s, 1s}));
  EXPECT_THAT(harness.pull(), IsEmpty());
  EXPECT_THAT(harness.events(), testing::Contains("gap"));
}

TEST_F(Slate, AnEpochBeginsWithAKeyFrameBehindTheStandInsOfTheLastOne) {
  SlateHarness harness(slate());
  harness.epoch(0, 0s);
  harness.push(0s);
  EXPECT_THAT(harness.events(), testing::Not(testing::Contains("GstForceKeyUnit")));
  harness.gap({40ms, 400ms});
  EXPECT_THAT(harness.pull(), SizeIs(10));
  harness.epoch(1, 500ms);
  const auto rest = harness.pull();
  ASSERT_THAT(rest, SizeIs(2)) << "up to the epoch";
  EXPECT_EQ(rest.back().span.end, 480ms);
  EXPECT_THAT(harness.events(), ElementsAre("tide/epoch", "GstForceKeyUnit"));
  harness.push(510ms);
  EXPECT_THAT(harness.pull(), SizeIs(1));
}

TEST_F(Slate, CaptionsOfTheLastPictureAreNotRepeated) {
  SlateHarness harness(slate());
  BufferPtr picture = SlateHarness::picture(0s);
  constexpr guint8 kPair[] = {0x94, 0x20};
  gst_buffer_add_video_caption_meta(picture.get(), GST_VIDEO_CAPTION_TYPE_CEA608_RAW, kPair, 2);
  GST_BUFFER_FLAG_SET(picture.get(), GST_BUFFER_FLAG_DISCONT);
  harness.push(std::move(picture));
  harness.gap({40ms, 80ms});
  const auto all = harness.pull_buffers();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_NE(gst_buffer_get_video_caption_meta(all[0].get()), nullptr);
  EXPECT_EQ(gst_buffer_get_video_caption_meta(all[1].get()), nullptr);
  EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(all[1].get(), GST_BUFFER_FLAG_DISCONT));
}

TEST_F(Slate, AnotherFormatIsNeverMixedWithTheLastPicture) {
  SlateHarness harness(slate());
  harness.push(0s);
  harness.pull();
  gst_harness_set_src_caps_str(harness.raw(),
                               "video/x-raw,format=I420,width=32,height=20,framerate=25/1");
  harness.gap({40ms, 3s});
  const auto all = harness.pull_buffers();
  ASSERT_THAT(all, testing::Not(IsEmpty()));
  for (const auto& buffer : all) EXPECT_EQ(gst_buffer_get_size(buffer.get()), 32U * 20 * 3 / 2);
  EXPECT_GE(span_of(all.front().get())->begin, 2s) << "the last picture had another size";
}

TEST_F(Slate, ShowsTheUsersPicture) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_picture(folder / "slate.png", "pngenc", "white"));
  ElementPtr element = slate();
  g_object_set(element.get(), "location", (folder / "slate.png").c_str(), "hold", guint64{0},
               nullptr);
  SlateHarness harness(std::move(element));
  harness.push(0s);
  harness.gap({40ms, 80ms});
  const auto all = harness.pull();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_GT(all[1].luma, 220);
}

TEST_F(Slate, EndPassesAndAFlushBeginsAnew) {
  SlateHarness harness(slate());
  harness.push(10s);
  harness.pull();
  harness.push(gst_event_new_flush_start());
  harness.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  harness.push(gst_event_new_segment(&segment));
  EXPECT_EQ(harness.push(0s), GST_FLOW_OK);
  harness.gap({40ms, 80ms});
  EXPECT_THAT(harness.pull(), SizeIs(2));
  harness.push(gst_event_new_eos());
  EXPECT_THAT(harness.events(), testing::Contains("eos"));
}

TEST_F(Slate, RefusesWhatIsNoPicture) {
  const ElementPtr element = slate();
  const GstPtr<GstBus> bus(gst_bus_new());
  gst_element_set_bus(element.get(), bus.get());
  g_object_set(element.get(), "location", "/no/such/slate.png", nullptr);
  EXPECT_EQ(gst_element_set_state(element.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  const MessagePtr message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  ASSERT_TRUE(message);
  EXPECT_THAT(read_error(message.get()).message, HasSubstr("/no/such/slate.png"));
  gst_element_set_state(element.get(), GST_STATE_NULL);
  gst_element_set_bus(element.get(), nullptr);
}

TEST_F(Slate, AddsNoLatency) {
  SlateHarness harness(slate());
  gst_harness_set_upstream_latency(harness.raw(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.raw()), 70 * GST_MSECOND);
}

// ---- the picture ----

GstVideoInfo form_of(const char* caps) {
  const CapsPtr read(gst_caps_from_string(caps));
  GstVideoInfo form;
  EXPECT_TRUE(gst_video_info_from_caps(&form, read.get()));
  return form;
}

std::uint8_t luma_at(GstBuffer* buffer, const GstVideoInfo& form, int x, int y) {
  std::uint8_t value = 0;
  const auto stride = static_cast<gsize>(GST_VIDEO_INFO_PLANE_STRIDE(&form, 0));
  gst_buffer_extract(buffer, stride * static_cast<gsize>(y) + static_cast<gsize>(x), &value, 1);
  return value;
}

TEST_F(Slate, ThePauseSignIsTwoBarsOnADarkGround) {
  const GstVideoInfo form = form_of("video/x-raw,format=I420,width=640,height=360");
  const BufferPtr made = render(pause_sign(), form);
  ASSERT_TRUE(made);
  const int middle = luma_at(made.get(), form, 320, 180);
  EXPECT_LT(middle, 60) << "between the bars";
  EXPECT_GT(luma_at(made.get(), form, 296, 180), middle + 30);
  EXPECT_GT(luma_at(made.get(), form, 344, 180), middle + 30);
  EXPECT_LT(luma_at(made.get(), form, 5, 5), 60);
}

TEST_F(Slate, APictureKeepsItsShapeInAnotherOne) {
  // White and as high as wide, in the middle of what is twice as wide.
  Picture picture{100, 100, std::vector<std::uint8_t>(100 * 100 * 4, 255)};
  std::fill_n(picture.pixels.begin(), 4, std::uint8_t{0});  // the border's colour
  const GstVideoInfo form = form_of("video/x-raw,format=I420,width=400,height=200");
  const BufferPtr made = render(picture, form);
  ASSERT_TRUE(made);
  EXPECT_LT(luma_at(made.get(), form, 90, 100), 30);
  EXPECT_GT(luma_at(made.get(), form, 110, 100), 200);
  EXPECT_GT(luma_at(made.get(), form, 290, 100), 200);
  EXPECT_LT(luma_at(made.get(), form, 310, 100), 30);
  // With pixels twice as wide it is half as many pixels wide.
  const GstVideoInfo wide =
      form_of("video/x-raw,format=I420,width=400,height=200,pixel-aspect-ratio=2/1");
  const BufferPtr narrow = render(picture, wide);
  EXPECT_LT(luma_at(narrow.get(), wide, 140, 100), 30);
  EXPECT_GT(luma_at(narrow.get(), wide, 160, 100), 200);
  EXPECT_LT(luma_at(narrow.get(), wide, 260, 100), 30);
}

TEST_F(Slate, IsMadeInAnyFormThatDecodersGive) {
  for (const auto* caps :
       {"video/x-raw,format=I420_10LE,width=321,height=181,framerate=30000/1001",
        "video/x-raw,format=NV12,width=2,height=2", "video/x-raw,format=Y42B,width=640,height=4",
        "video/x-raw,format=I420,width=720,height=576,interlace-mode=interleaved,"
        "framerate=25/1,pixel-aspect-ratio=64/45"}) {
    EXPECT_TRUE(render(pause_sign(), form_of(caps))) << caps;
  }
}

}  // namespace
}  // namespace subtide
