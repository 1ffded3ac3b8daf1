#include "engine/config/transcode_plan.h"

#include <gmock/gmock.h>

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PictureFormat picture(int width, int height) {
  PictureFormat format;
  format.width = width;
  format.height = height;
  return format;
}

PictureWish ladder(std::string_view names) {
  PictureWish wish;
  wish.ladder = *parse_ladder_names(names);
  return wish;
}

std::vector<std::string> sizes(const std::vector<RenditionPlan>& plans) {
  std::vector<std::string> texts;
  for (const auto& plan : plans) {
    texts.push_back(plan.name + " " + std::to_string(plan.width) + "x" +
                    std::to_string(plan.height));
  }
  return texts;
}

TEST(TranscodePlan, EachSizeOfALadderKeepsTheShape) {
  const auto plans = plan_renditions(picture(1920, 1080), ladder("1080p,720p,480p,360p"));
  EXPECT_THAT(sizes(plans),
              ElementsAre("1080p 1920x1080", "720p 1280x720", "480p 854x480", "360p 640x360"));
  EXPECT_EQ(plans[1].bitrate_kbps, 2800);
  EXPECT_EQ(plans[1].profile, "high");
  EXPECT_EQ(plans[3].profile, "main");
  EXPECT_EQ(plans[2].aspect_numerator, 1);  // 854 is a pixel off: nobody sees it
  EXPECT_EQ(plans[2].aspect_denominator, 1);
}

TEST(TranscodePlan, NothingIsMadeLarger) {
  EXPECT_THAT(sizes(plan_renditions(picture(1280, 720), ladder("1080p,720p,360p"))),
              ElementsAre("720p 1280x720", "360p 640x360"));
  const auto odd_size = plan_renditions(picture(1244, 700), ladder("1080p,720p,360p"));
  EXPECT_THAT(sizes(odd_size), ElementsAre("700p 1244x700", "360p 640x360"));
  EXPECT_EQ(odd_size[0].bitrate_kbps, 2800);  // of 720p, the smallest that is not smaller
  EXPECT_THAT(sizes(plan_renditions(picture(320, 180), ladder("1080p,720p"))),
              ElementsAre("180p 320x180"));
}

TEST(TranscodePlan, TheShorterSideIsMeantHoweverThePictureIsHeld) {
  EXPECT_THAT(sizes(plan_renditions(picture(1080, 1920), ladder("720p"))),
              ElementsAre("720p 720x1280"));
  PictureFormat turned = picture(1920, 1080);
  turned.is_turned = true;
  EXPECT_THAT(sizes(plan_renditions(turned, ladder("720p"))), ElementsAre("720p 720x1280"));
}

TEST(TranscodePlan, PixelsThatAreNotSquareStaySo) {
  PictureFormat dvd = picture(720, 576);
  dvd.aspect_numerator = 16;
  dvd.aspect_denominator = 15;
  const auto plans = plan_renditions(dvd, ladder("360p"));
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].width, 450);
  EXPECT_EQ(plans[0].aspect_numerator, 16);
  EXPECT_EQ(plans[0].aspect_denominator, 15);
  dvd.is_turned = true;
  EXPECT_EQ(plan_renditions(dvd, ladder("360p"))[0].aspect_numerator, 15);
}

TEST(TranscodePlan, OddSizesBecomeEven) {
  const auto plans = plan_renditions(picture(321, 241), PictureWish());
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].width % 2, 0);
  EXPECT_EQ(plans[0].height % 2, 0);
  EXPECT_NEAR(plans[0].width, 321, 1);
  EXPECT_NEAR(plans[0].height, 241, 1);
}

TEST(TranscodePlan, WithoutALadderQualityOrARateIsKept) {
  const auto by_quality = plan_renditions(picture(640, 360), PictureWish())[0];
  EXPECT_EQ(by_quality.name, "360p");
  EXPECT_EQ(by_quality.bitrate_kbps, std::nullopt);
  EXPECT_EQ(by_quality.crf, 23);
  PictureWish by_rate;
  by_rate.bitrate_kbps = 900;
  EXPECT_EQ(plan_renditions(picture(640, 360), by_rate)[0].bitrate_kbps, 900);
  PictureWish sharp = ladder("360p");
  sharp.crf = 18;
  const auto sharp_plan = plan_renditions(picture(640, 360), sharp)[0];
  EXPECT_EQ(sharp_plan.bitrate_kbps, std::nullopt);
  EXPECT_EQ(sharp_plan.crf, 18);
}

TEST(TranscodePlan, NamesOfKindsAreReadAndWritten) {
  for (const auto codec : {VideoCodec::kH264, VideoCodec::kH265, VideoCodec::kAv1, VideoCodec::kVp9,
                           VideoCodec::kCopy}) {
    EXPECT_EQ(*parse_video_codec(to_string(codec)), codec);
  }
  EXPECT_EQ(*parse_audio_codec("opus"), AudioCodec::kOpus);
  EXPECT_EQ(*parse_package("hls"), Package::kHls);
  EXPECT_THAT(parse_video_codec("divx").error().message,
              HasSubstr("'divx' is no video codec; use h264, h265, av1, vp9, copy"));
  EXPECT_EQ(parse_package("avi").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace subtide
