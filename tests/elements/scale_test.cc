// tidescale, and the scaler behind it.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "elements/scale/gst_tide_scale.h"
#include "elements/scale/picture_scaler.h"
#include "engine/gst/clock_time.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::Each;
using testing::HasSubstr;

// ---- the scaler ----

/// Three planes without any space between their rows.
template <typename Sample>
class Planes {
 public:
  explicit Planes(PictureSize size) : size_(size) {
    for (std::size_t i = 0; i < 3; ++i) {
      samples[i].resize(static_cast<std::size_t>(width(i)) * static_cast<std::size_t>(height(i)));
    }
  }
  int width(std::size_t plane) const { return plane == 0 ? size_.width : (size_.width + 1) / 2; }
  int height(std::size_t plane) const { return plane == 0 ? size_.height : (size_.height + 1) / 2; }
  int stride(std::size_t plane) const { return width(plane) * static_cast<int>(sizeof(Sample)); }
  Sample at(std::size_t plane, int x, int y) const {
    return samples[plane][static_cast<std::size_t>(y * width(plane) + x)];
  }
  void paint(std::size_t plane, const std::function<int(int, int)>& value) {
    for (int y = 0; y < height(plane); ++y) {
      for (int x = 0; x < width(plane); ++x) {
        samples[plane][static_cast<std::size_t>(y * width(plane) + x)] =
            static_cast<Sample>(value(x, y));
      }
    }
  }

  std::array<std::vector<Sample>, 3> samples;

 private:
  PictureSize size_;
};

template <typename Sample>
Planes<Sample> scaled(const Planes<Sample>& from, PictureSize from_size, PictureSize to) {
  const auto depth = sizeof(Sample) == 2 ? SampleDepth::kTen : SampleDepth::kEight;
  auto scaler = PictureScaler::create(from_size, to, depth).value();
  Planes<Sample> into(to);
  ReadPlanes read{};
  WritePlanes written{};
  for (std::size_t i = 0; i < 3; ++i) {
    read.rows[i] = reinterpret_cast<const std::uint8_t*>(from.samples[i].data());
    read.strides[i] = from.stride(i);
    written.rows[i] = reinterpret_cast<std::uint8_t*>(into.samples[i].data());
    written.strides[i] = into.stride(i);
  }
  scaler.scale(read, written);
  return into;
}

constexpr PictureSize kLarge{96, 54};
constexpr PictureSize kSmall{32, 18};

TEST(PictureScaler, WhatIsOfOneColourStaysSo) {
  Planes<std::uint8_t> flat(kLarge);
  for (std::size_t i = 0; i < 3; ++i) {
    flat.paint(i, [i](int, int) { return static_cast<int>(60 + 50 * i); });
  }
  const auto small = scaled(flat, kLarge, kSmall);
  EXPECT_THAT(small.samples[0], Each(60));
  EXPECT_THAT(small.samples[1], Each(110));
  EXPECT_THAT(small.samples[2], Each(160));
}

TEST(PictureScaler, ASlopeStaysWhereItIs) {
  Planes<std::uint8_t> slope(kLarge);
  slope.paint(0, [](int x, int y) { return 16 + x + 2 * y; });
  const auto small = scaled(slope, kLarge, kSmall);
  for (int y = 2; y < kSmall.height - 2; ++y) {
    for (int x = 2; x < kSmall.width - 2; ++x) {
      // The middle of each sample lies on the middle of the three by three it is made from.
      EXPECT_NEAR(small.at(0, x, y), 16 + (3 * x + 1) + 2 * (3 * y + 1), 2) << x << ' ' << y;
    }
  }
}

TEST(PictureScaler, AnEdgeStaysSharp) {
  Planes<std::uint8_t> edge(kLarge);
  edge.paint(0, [](int x, int) { return x < 48 ? 50 : 200; });
  const auto small = scaled(edge, kLarge, kSmall);
  EXPECT_NEAR(small.at(0, 12, 9), 50, 2);
  EXPECT_NEAR(small.at(0, 19, 9), 200, 2);
  EXPECT_LT(small.at(0, 15, 9), 70);
  EXPECT_GT(small.at(0, 16, 9), 180);
}

TEST(PictureScaler, TenBitsStayTen) {
  Planes<std::uint16_t> flat(kLarge);
  flat.paint(0, [](int, int) { return 941; });
  flat.paint(1, [](int, int) { return 513; });
  flat.paint(2, [](int, int) { return 3; });
  const auto small = scaled(flat, kLarge, kSmall);
  EXPECT_THAT(small.samples[0], Each(941));
  EXPECT_THAT(small.samples[1], Each(513));
  EXPECT_THAT(small.samples[2], Each(3));
}

TEST(PictureScaler, OddSizesHaveAllOfTheirSamples) {
  constexpr PictureSize kOdd{33, 17};
  Planes<std::uint8_t> flat(kLarge);
  for (std::size_t i = 0; i < 3; ++i) flat.paint(i, [](int, int) { return 99; });
  const auto odd = scaled(flat, kLarge, kOdd);
  for (const auto& plane : odd.samples) EXPECT_THAT(plane, Each(99));
}

TEST(PictureScaler, SizesThatAreNoneAreRefused) {
  for (const auto& [from, to] : {std::pair{PictureSize{0, 9}, kSmall}, {kSmall, {16, -2}}}) {
    const auto made = PictureScaler::create(from, to, SampleDepth::kEight);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(made.error().message, HasSubstr("cannot be scaled from"));
  }
}

// ---- the element ----

std::string form(PictureSize size, const char* more = "") {
  return "video/x-raw,format=I420,framerate=25/1,width=" + std::to_string(size.width) +
         ",height=" + std::to_string(size.height) + more;
}

/// tidescale between a test's own source and a sink that takes one form.
class ScaleHarness {
 public:
  enum class Reader { kPlain, kKnowsRows };
  ScaleHarness(const std::string& in, const std::string& out, Reader reader = Reader::kPlain,
               bool lends = false)
      : element_(make_element("tidescale")) {
    g_object_set(element_.get(), "lend", lends ? TRUE : FALSE, nullptr);
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    if (reader == Reader::kKnowsRows) {
      gst_harness_add_propose_allocation_meta(harness_, GST_VIDEO_META_API_TYPE, nullptr);
    }
    gst_harness_set_caps_str(harness_, in.c_str(), out.c_str());
  }
  ~ScaleHarness() { gst_harness_teardown(harness_); }
  ScaleHarness(const ScaleHarness&) = delete;
  ScaleHarness& operator=(const ScaleHarness&) = delete;

  static BufferPtr picture(MediaTime at, std::uint8_t sample = 77) {
    constexpr std::size_t kSize = 96 * 54 * 3 / 2;
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, kSize, nullptr));
    gst_buffer_memset(buffer.get(), 0, sample, kSize);
    set_span(buffer.get(), {at, at + 40ms});
    return buffer;
  }
  GstFlowReturn push(MediaTime at) { return gst_harness_push(harness_, picture(at).release()); }
  BufferPtr pull() { return BufferPtr(gst_harness_try_pull(harness_)); }
  /// What the pictures that come out are.
  GstVideoInfo out() const {
    GstVideoInfo info;
    gst_video_info_init(&info);
    const PadPtr pad(gst_element_get_static_pad(element_.get(), "src"));
    const CapsPtr caps(gst_pad_get_current_caps(pad.get()));
    if (caps) gst_video_info_from_caps(&info, caps.get());
    return info;
  }
  GstHarness* raw() { return harness_; }

 private:
  ElementPtr element_;
  GstHarness* harness_ = nullptr;
};

class Scale : public testing::Test {
 protected:
  Scale() {
    start_gstreamer();
    register_tidescale(nullptr);
  }
};

TEST_F(Scale, PicturesGetTheSizeAskedForAndKeepTheirTimes) {
  ScaleHarness harness(form(kLarge), form(kSmall));
  for (const MediaTime at : {MediaTime(0s), MediaTime(40ms), MediaTime(1s)}) {
    ASSERT_EQ(harness.push(at), GST_FLOW_OK);
    const BufferPtr picture = harness.pull();
    ASSERT_TRUE(picture);
    EXPECT_EQ(span_of(picture.get()), (TimeSpan{at, at + 40ms}));
    EXPECT_EQ(gst_buffer_get_size(picture.get()), 32U * 18 * 3 / 2);
    std::vector<std::uint8_t> samples(32 * 18);
    gst_buffer_extract(picture.get(), 0, samples.data(), samples.size());
    EXPECT_THAT(samples, Each(77));
  }
}

TEST_F(Scale, ColoursKeepTheirDescription) {
  // 18 lines of unknown colours would be taken for those of old television.
  ScaleHarness harness(form(kLarge, ",colorimetry=bt709"),
                       "video/x-raw,format=I420,width=32,height=18,pixel-aspect-ratio=4/3");
  ASSERT_EQ(harness.push(0s), GST_FLOW_OK);
  const GstVideoInfo out = harness.out();
  EXPECT_EQ(out.colorimetry.matrix, GST_VIDEO_COLOR_MATRIX_BT709);
  EXPECT_EQ(out.fps_n, 25);
  EXPECT_EQ(out.par_n, 4);
  EXPECT_EQ(out.par_d, 3);
}

TEST_F(Scale, WhatIsLeftOpenStaysAsItIs) {
  ScaleHarness harness(form(kLarge), "video/x-raw");
  ASSERT_EQ(harness.push(0s), GST_FLOW_OK);
  EXPECT_EQ(harness.out().width, kLarge.width);
  EXPECT_EQ(harness.out().height, kLarge.height);
  EXPECT_EQ(harness.out().par_n, 1);
}

TEST_F(Scale, PicturesOfTheSameSizePassUntouched) {
  ScaleHarness harness(form(kLarge), form(kLarge));
  BufferPtr picture = ScaleHarness::picture(0s);
  const GstMemory* memory = gst_buffer_peek_memory(picture.get(), 0);
  ASSERT_EQ(gst_harness_push(harness.raw(), picture.release()), GST_FLOW_OK);
  EXPECT_EQ(gst_buffer_peek_memory(harness.pull().get(), 0), memory);
}

TEST_F(Scale, RowsBeginAtMultiplesOf64WhereThatIsUnderstood) {
  ScaleHarness harness(form(kLarge), form(kSmall), ScaleHarness::Reader::kKnowsRows);
  ASSERT_EQ(harness.push(0s), GST_FLOW_OK);
  const BufferPtr picture = harness.pull();
  const GstVideoMeta* rows = gst_buffer_get_video_meta(picture.get());
  ASSERT_NE(rows, nullptr);
  for (guint i = 0; i < rows->n_planes; ++i) EXPECT_EQ(rows->stride[i] % 64, 0);
}

std::uint8_t first_sample(GstBuffer* picture) {
  std::uint8_t sample = 0;
  gst_buffer_extract(picture, 0, &sample, 1);
  return sample;
}

TEST_F(Scale, LentPicturesShareOnePlaceThatOutlivesTheElement) {
  BufferPtr last;
  {
    ScaleHarness harness(form(kLarge), form(kSmall), ScaleHarness::Reader::kKnowsRows, true);
    ASSERT_EQ(gst_harness_push(harness.raw(), ScaleHarness::picture(0s, 50).release()),
              GST_FLOW_OK);
    const BufferPtr first = harness.pull();
    ASSERT_TRUE(first);
    EXPECT_EQ(first_sample(first.get()), 50);
    ASSERT_EQ(gst_harness_push(harness.raw(), ScaleHarness::picture(1s, 90).release()),
              GST_FLOW_OK);
    last = harness.pull();
    EXPECT_EQ(first_sample(last.get()), 90);
    EXPECT_EQ(first_sample(first.get()), 90);
    EXPECT_EQ(span_of(first.get())->begin, MediaTime(0s));
    EXPECT_EQ(span_of(last.get())->begin, MediaTime(1s));
    const GstVideoMeta* rows = gst_buffer_get_video_meta(last.get());
    ASSERT_NE(rows, nullptr);
    EXPECT_EQ(rows->width, 32U);
    for (guint i = 0; i < rows->n_planes; ++i) EXPECT_EQ(rows->stride[i] % 64, 0);
  }
  EXPECT_EQ(first_sample(last.get()), 90);
}

TEST_F(Scale, TheSizeMayChangeInTheMiddle) {
  ScaleHarness harness(form(kLarge), form(kSmall));
  ASSERT_EQ(harness.push(0s), GST_FLOW_OK);
  gst_harness_set_src_caps_str(harness.raw(), form({48, 54}).c_str());
  BufferPtr picture(gst_buffer_new_allocate(nullptr, 48 * 54 * 3 / 2, nullptr));
  gst_buffer_memset(picture.get(), 0, 90, 48 * 54 * 3 / 2);
  ASSERT_EQ(gst_harness_push(harness.raw(), picture.release()), GST_FLOW_OK);
  harness.pull();
  std::uint8_t sample = 0;
  gst_buffer_extract(harness.pull().get(), 100, &sample, 1);
  EXPECT_EQ(sample, 90);
}

TEST_F(Scale, TheEndComesAndAFlushStartsAnew) {
  ScaleHarness harness(form(kLarge), form(kSmall));
  ASSERT_EQ(harness.push(0s), GST_FLOW_OK);
  ASSERT_TRUE(gst_harness_push_event(harness.raw(), gst_event_new_flush_start()));
  ASSERT_TRUE(gst_harness_push_event(harness.raw(), gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(harness.raw(), gst_event_new_segment(&segment)));
  while (harness.pull()) {
  }
  EXPECT_EQ(harness.push(2s), GST_FLOW_OK);
  EXPECT_EQ(span_of(harness.pull().get())->begin, MediaTime(2s));
  EXPECT_TRUE(gst_harness_push_event(harness.raw(), gst_event_new_eos()));
  EXPECT_EQ(harness.push(3s), GST_FLOW_EOS);
}

TEST_F(Scale, OtherFormsThanItsOwnAreRefused) {
  ScaleHarness harness("video/x-raw,format=RGB,width=96,height=54,framerate=25/1", "video/x-raw");
  EXPECT_EQ(harness.push(0s), GST_FLOW_NOT_NEGOTIATED);
}

TEST_F(Scale, ItAddsNoLatency) {
  ScaleHarness harness(form(kLarge), form(kSmall));
  harness.push(0s);
  EXPECT_EQ(gst_harness_query_latency(harness.raw()), 0U);
}

}  // namespace
}  // namespace subtide
