// What encoders are told; for hardware there is nothing here to try it on.
#include "engine/app/encoder_settings.h"

#include <gmock/gmock.h>

namespace subtide {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

RenditionPlan at_rate(int kbps) {
  RenditionPlan plan;
  plan.bitrate_kbps = kbps;
  plan.profile = "baseline";
  return plan;
}
RenditionPlan at_quality(int crf) {
  RenditionPlan plan;
  plan.crf = crf;
  return plan;
}
ParameterValue number(std::int64_t value) { return value; }
ParameterValue text(const char* value) { return std::string(value); }

EncodingManner aligned() {
  EncodingManner manner;
  manner.key_interval = std::chrono::seconds(2);
  return manner;
}

ElementSettings of(const EncoderChoice& encoder, const RenditionPlan& plan,
                   const EncodingManner& manner = aligned()) {
  return encoder_settings(VideoCodec::kH264, encoder, plan, manner);
}

TEST(EncoderSettings, NvidiaHasRatePeakAndBuffer) {
  const EncoderChoice encoder{"nvh264enc", EncoderFamily::kNvidia};
  const auto rate = of(encoder, at_rate(2000));
  EXPECT_THAT(rate, Contains(Pair("rc-mode", text("vbr"))));
  EXPECT_THAT(rate, Contains(Pair("bitrate", number(2000))));
  EXPECT_THAT(rate, Contains(Pair("max-bitrate", number(2500))));
  EXPECT_THAT(rate, Contains(Pair("vbv-buffer-size", number(4000))));
  EXPECT_THAT(rate, Contains(Pair("gop-size", number(2400))));
  const auto quality = of(encoder, at_quality(23), {});
  EXPECT_THAT(quality, Contains(Pair("rc-mode", text("constqp"))));
  EXPECT_THAT(quality, Contains(Pair("qp-const", number(23))));
  EXPECT_THAT(quality, Contains(Pair("gop-size", number(250))));
}

TEST(EncoderSettings, VaApiIsToldThePeakAndTheWishAsItsShare) {
  for (const EncoderChoice& encoder : {EncoderChoice{"vah264enc", EncoderFamily::kVa},
                                       EncoderChoice{"vaapih264enc", EncoderFamily::kVaapi}}) {
    const auto rate = of(encoder, at_rate(2000));
    EXPECT_THAT(rate, Contains(Pair("rate-control", text("vbr"))));
    EXPECT_THAT(rate, Contains(Pair("bitrate", number(2500))));
    EXPECT_THAT(rate, Contains(Pair("target-percentage", number(80))));
  }
  const auto newer = of({"vah264enc", EncoderFamily::kVa}, at_rate(2000));
  EXPECT_THAT(newer, Contains(Pair("key-int-max", number(1024))));
  EXPECT_THAT(newer, Contains(Pair("cpb-size", number(4000))));
  const auto older = of({"vaapih264enc", EncoderFamily::kVaapi}, at_quality(60));
  EXPECT_THAT(older, Contains(Pair("keyframe-period", number(2400))));
  EXPECT_THAT(older, Contains(Pair("init-qp", number(50))));
}

TEST(EncoderSettings, QuickSyncHasRateAndPeak) {
  const EncoderChoice encoder{"qsvh264enc", EncoderFamily::kQuickSync};
  const auto rate = of(encoder, at_rate(800));
  EXPECT_THAT(rate, Contains(Pair("bitrate", number(800))));
  EXPECT_THAT(rate, Contains(Pair("max-bitrate", number(1000))));
  EXPECT_THAT(of(encoder, at_quality(25)), Contains(Pair("qp-b", number(25))));
}

TEST(EncoderSettings, PassesNameTheirStatistics) {
  EncodingManner first = aligned();
  first.pass = EncodingPass::kFirst;
  first.stats = "/tmp/stats_0";
  EncodingManner last = first;
  last.pass = EncodingPass::kLast;
  const EncoderChoice x264{"x264enc", EncoderFamily::kSoftware};
  EXPECT_THAT(of(x264, at_rate(500), first), Contains(Pair("pass", text("pass1"))));
  EXPECT_THAT(of(x264, at_rate(500), last), Contains(Pair("pass", text("pass2"))));
  EXPECT_THAT(of(x264, at_rate(500), last),
              Contains(Pair("multipass-cache-file", text("/tmp/stats_0"))));
  EXPECT_THAT(of(x264, at_rate(500)), Each(Key(Not("pass"))));
  const auto x265 = encoder_settings(VideoCodec::kH265, {"x265enc", {}}, at_rate(500), last);
  const auto& options = std::get<std::string>(x265.back().second);
  EXPECT_THAT(options, HasSubstr(":pass=2:stats=/tmp/stats_0"));
}

TEST(EncoderSettings, TwoPassesAreForSomeCodecsAndPaths) {
  EXPECT_TRUE(check_two_passes(VideoCodec::kVp9));
  EXPECT_FALSE(check_two_passes(VideoCodec::kAv1));
  EXPECT_FALSE(check_two_passes(VideoCodec::kCopy));
  EXPECT_TRUE(check_stats_path(VideoCodec::kH264, "/a:b/c/pass"));
  EXPECT_FALSE(check_stats_path(VideoCodec::kH265, "/a:b/c/pass"));
}

TEST(EncoderSettings, HardwareMakesTheConstrainedBaseline) {
  EXPECT_EQ(coded_caps(VideoCodec::kH264, {"vah264enc", EncoderFamily::kVa}, at_rate(1)),
            "video/x-h264,profile=constrained-baseline");
  EXPECT_EQ(coded_caps(VideoCodec::kH264, {"x264enc", EncoderFamily::kSoftware}, at_rate(1)),
            "video/x-h264,profile=baseline");
  EXPECT_EQ(coded_caps(VideoCodec::kH265, {"vah265enc", EncoderFamily::kVa}, at_rate(1)), "ANY");
}

}  // namespace
}  // namespace subtide
