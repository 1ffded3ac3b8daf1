// Which encoder is used, with registries that are made up.
#include "engine/config/encoder_choice.h"

#include <gmock/gmock.h>

#include <set>

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

auto registry(std::set<std::string> working) {
  return [working](const std::string& element) { return working.contains(element); };
}

TEST(EncoderChoice, SoftwareIsUsedUnlessHardwareIsWantedAndNobodyIsAsked) {
  int asked = 0;
  const auto counts = [&](const std::string&) { return ++asked > 0; };
  EXPECT_EQ(choose_encoder(VideoCodec::kH264, HardwareUse::kNone, counts).element, "x264enc");
  EXPECT_EQ(choose_encoder(VideoCodec::kH265, HardwareUse::kNone, counts).element, "x265enc");
  EXPECT_EQ(choose_encoder(VideoCodec::kAv1, HardwareUse::kAuto, counts).element, "av1enc");
  EXPECT_EQ(choose_encoder(VideoCodec::kVp9, HardwareUse::kAuto, counts).element, "vp9enc");
  EXPECT_EQ(asked, 0);
}

TEST(EncoderChoice, TheFirstThatWorksIsUsed) {
  const auto chosen = choose_encoder(VideoCodec::kH264, HardwareUse::kAuto,
                                     registry({"vaapih264enc", "vah264enc"}));
  EXPECT_EQ(chosen, (EncoderChoice{"vah264enc", EncoderFamily::kVa}));
  EXPECT_TRUE(chosen.is_hardware());
  const auto best = choose_encoder(VideoCodec::kH265, HardwareUse::kAuto,
                                   registry({"nvh265enc", "vah265enc", "qsvh265enc", "nvh264enc"}));
  EXPECT_EQ(best, (EncoderChoice{"nvh265enc", EncoderFamily::kNvidia}));
}

TEST(EncoderChoice, WhereNoneWorksSoftwareDoes) {
  std::vector<std::string> asked;
  const auto none = [&](const std::string& element) {
    asked.push_back(element);
    return false;
  };
  const auto chosen = choose_encoder(VideoCodec::kH264, HardwareUse::kAuto, none);
  EXPECT_EQ(chosen, (EncoderChoice{"x264enc", EncoderFamily::kSoftware}));
  EXPECT_FALSE(chosen.is_hardware());
  EXPECT_THAT(asked, ElementsAre("nvh264enc", "vah264enc", "qsvh264enc", "vaapih264enc"));
  EXPECT_THAT(hardware_encoders(VideoCodec::kCopy), IsEmpty());
}

TEST(EncoderChoice, UsesHaveNames) {
  EXPECT_EQ(*parse_hardware_use("auto"), HardwareUse::kAuto);
  EXPECT_EQ(*parse_hardware_use("none"), HardwareUse::kNone);
  EXPECT_FALSE(parse_hardware_use("yes"));
  EXPECT_EQ(to_string(HardwareUse::kAuto), "auto");
}

}  // namespace
}  // namespace subtide
