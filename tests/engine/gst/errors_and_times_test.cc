#include <gst/gst.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

class ErrorsTest : public testing::Test {
 protected:
  ErrorsTest() {
    gst_init(nullptr, nullptr);
    element_ = own_object(gst_element_factory_make("identity", "origin"));
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
  }
  ~ErrorsTest() override { gst_element_set_bus(element_.get(), nullptr); }

  MessagePtr posted() { return MessagePtr(gst_bus_pop(bus_.get())); }

  ElementPtr element_;
  GstPtr<GstBus> bus_;
};

TEST_F(ErrorsTest, AnErrorComesBackFromItsMessageAsItWas) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    post_error(element_.get(), Error{static_cast<ErrorCode>(code), "disk: full"});
    const MessagePtr message = posted();
    ASSERT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_ERROR);
    const Error read = read_error(message.get());
    EXPECT_EQ(static_cast<int>(read.code), code);
    EXPECT_EQ(read.message, "disk: full");
  }
}

TEST_F(ErrorsTest, AWarningComesBackToo) {
  post_warning(element_.get(), Error{ErrorCode::kUnavailable, "translator: no answer"});
  const MessagePtr message = posted();
  ASSERT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_WARNING);
  EXPECT_EQ(read_error(message.get()).code, ErrorCode::kUnavailable);
}

TEST_F(ErrorsTest, AForeignErrorGetsTheNearestCodeAndNamesItsElement) {
  GST_ELEMENT_ERROR(element_.get(), RESOURCE, NO_SPACE_LEFT, ("full"), (nullptr));
  const Error read = read_error(posted().get());
  EXPECT_EQ(read.code, ErrorCode::kNoSpace);
  EXPECT_EQ(read.message, "origin: full");
}

TEST_F(ErrorsTest, AnExceptionBecomesAnElementErrorAndTheOtherAnswer) {
  const GstFlowReturn answer = guard(element_.get(), GST_FLOW_ERROR, []() -> GstFlowReturn {
    throw std::runtime_error("unexpected end");
  });
  EXPECT_EQ(answer, GST_FLOW_ERROR);
  const Error read = read_error(posted().get());
  EXPECT_EQ(read.code, ErrorCode::kInternal);
  EXPECT_NE(read.message.find("unexpected end"), std::string::npos);
}

TEST_F(ErrorsTest, ABodyWithoutExceptionAnswersForItself) {
  EXPECT_EQ(guard(element_.get(), GST_FLOW_ERROR, [] { return GST_FLOW_OK; }), GST_FLOW_OK);
  EXPECT_EQ(posted(), nullptr);
}

TEST(ClockTime, NoneIsNothing) {
  EXPECT_EQ(to_media_time(GST_CLOCK_TIME_NONE), std::nullopt);
  EXPECT_EQ(to_media_time(2 * GST_SECOND), 2s);
  EXPECT_EQ(to_clock_time(-1s), 0U);
  EXPECT_EQ(to_clock_time(1500ms), 1500 * GST_MSECOND);
}

TEST(ClockTime, ABufferHasASpanOnlyWithPts) {
  gst_init(nullptr, nullptr);
  const BufferPtr buffer(gst_buffer_new());
  EXPECT_EQ(span_of(buffer.get()), std::nullopt);
  set_span(buffer.get(), {1s, 3s});
  EXPECT_EQ(span_of(buffer.get()), (TimeSpan{1s, 3s}));
}

TEST(ClockTime, StreamTimeMayLieBeforeTheSegment) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND;
  EXPECT_EQ(to_stream_time(segment, 12s), 2s);
  EXPECT_EQ(to_stream_time(segment, 9s), -1s);
  segment.time = 4 * GST_SECOND;
  EXPECT_EQ(to_stream_time(segment, 12s), 6s);
}

TEST(ClockTime, OnlyATimeSegmentHasStreamTime) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  EXPECT_EQ(to_stream_time(segment, 1s), std::nullopt);
}

}  // namespace
}  // namespace subtide
