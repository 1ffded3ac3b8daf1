#include "engine/gst/quality_notices.h"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include "engine/gst/luma_frame.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

class QualityNotices : public testing::Test {
 protected:
  QualityNotices() {
    gst_init(nullptr, nullptr);
    element_ = own_object(gst_element_factory_make("identity", "origin"));
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
  }
  ~QualityNotices() override { gst_element_set_bus(element_.get(), nullptr); }

  MessagePtr posted() { return MessagePtr(gst_bus_pop(bus_.get())); }

  ElementPtr element_;
  GstPtr<GstBus> bus_;
};

TEST_F(QualityNotices, CarryAFindingOfEachKind) {
  for (const auto kind : {QualityKind::kBlack, QualityKind::kFrozen, QualityKind::kSilent,
                          QualityKind::kClipped, QualityKind::kMissingAudio}) {
    const QualityFinding notice{kind, {-40ms, 3s}, "3 clips"};
    post_notice(element_.get(), notice);
    EXPECT_EQ(read_quality_finding(posted().get()), notice);
  }
}

TEST_F(QualityNotices, CarryLoudness) {
  const Loudness notice{-23.4, 5.25, -1.5};
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_loudness(posted().get()), notice);
}

TEST_F(QualityNotices, ReadNothingFromOtherMessages) {
  post_notice(element_.get(), SpeechStart{1s});
  const MessagePtr other = posted();
  EXPECT_EQ(read_quality_finding(other.get()), std::nullopt);
  EXPECT_EQ(read_loudness(other.get()), std::nullopt);
  const MessagePtr odd(gst_message_new_element(
      GST_OBJECT_CAST(element_.get()),
      gst_structure_from_string("tide/quality, kind=(string)loud, start=(gint64)0, "
                                "end=(gint64)1, detail=(string)\"\"",
                                nullptr)));
  EXPECT_EQ(read_quality_finding(odd.get()), std::nullopt) << "a kind that nobody knows";
  const MessagePtr half(
      gst_message_new_element(GST_OBJECT_CAST(element_.get()),
                              gst_structure_from_string("tide/loudness, range=1.0", nullptr)));
  EXPECT_EQ(read_loudness(half.get()), std::nullopt);
}

// ---- where brightness lies ----

std::optional<LumaForm> form_of(const char* caps) {
  gst_init(nullptr, nullptr);
  return read_luma_form(CapsPtr(gst_caps_from_string(caps)).get());
}

TEST(LumaForm, KnowsFormatsWithAPlaneOfBrightness) {
  for (const char* format : {"I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "GRAY8"}) {
    const auto form =
        form_of(("video/x-raw,width=8,height=8,format=" + std::string(format)).c_str());
    ASSERT_TRUE(form) << format;
    EXPECT_EQ(form->bits, LumaBits::k8) << format;
  }
  for (const char* format : {"I420_10LE", "I422_10LE", "Y444_10LE"}) {
    const auto form =
        form_of(("video/x-raw,width=8,height=8,format=" + std::string(format)).c_str());
    ASSERT_TRUE(form) << format;
    EXPECT_EQ(form->bits, LumaBits::k10Low) << format;
  }
  const auto form = form_of("video/x-raw,width=8,height=8,format=P010_10LE");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->bits, LumaBits::k16High);
}

TEST(LumaForm, KnowsTheRange) {
  EXPECT_EQ(form_of("video/x-raw,width=8,height=8,format=I420,colorimetry=bt709")->range,
            LumaRange::kLimited);
  EXPECT_EQ(form_of("video/x-raw,width=8,height=8,format=I420,colorimetry=1:4:0:0")->range,
            LumaRange::kFull);
}

TEST(LumaForm, RefusesWhatHasNone) {
  for (const char* caps :
       {"video/x-raw,width=8,height=8,format=RGB", "video/x-raw,width=8,height=8,format=YUY2",
        "video/x-raw,width=8,height=8,format=I420_12LE",
        "video/x-raw,width=8,height=8,format=I420_10BE",
        "video/x-raw(memory:GLMemory),width=8,height=8,format=I420", "text/x-raw"}) {
    EXPECT_FALSE(form_of(caps)) << caps;
  }
}

TEST(LumaFrame, GivesThePlaneWhereItLies) {
  const auto form = form_of("video/x-raw,width=6,height=2,format=NV12");
  ASSERT_TRUE(form);
  // Rows of six lie eight bytes apart.
  std::vector<std::uint8_t> bytes(24, 128);
  bytes[0] = 10;
  bytes[8] = 20;
  const BufferPtr buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  {
    const LumaFrame frame(*form, buffer.get());
    ASSERT_NE(frame.plane().pixels, nullptr);
    EXPECT_EQ(frame.plane().width, 6);
    EXPECT_EQ(frame.plane().height, 2);
    EXPECT_EQ(frame.plane().pixels[0], 10);
    EXPECT_EQ(frame.plane().pixels[frame.plane().stride], 20);
  }
  const BufferPtr small(gst_buffer_new_allocate(nullptr, 3, nullptr));
  EXPECT_EQ(LumaFrame(*form, small.get()).plane().pixels, nullptr) << "too small to be one";
}

}  // namespace
}  // namespace subtide
