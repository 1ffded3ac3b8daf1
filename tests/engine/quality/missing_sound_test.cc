#include "engine/quality/missing_sound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeSpan kPictures{0s, 10s};

QualityFinding missing(TimeSpan span, const char* detail) {
  return {QualityKind::kMissingAudio, span, detail};
}
QualityFinding silent(TimeSpan span) { return {QualityKind::kSilent, span, "quiet"}; }

TEST(MissingSound, IsNoneWhereATrackIsAsLongAsThePictures) {
  EXPECT_THAT(missing_sound(kPictures, kPictures), IsEmpty());
  EXPECT_THAT(missing_sound(kPictures, TimeSpan{0s, 12s}), IsEmpty());
  EXPECT_THAT(missing_sound(kPictures, TimeSpan{499ms, 9501ms}), IsEmpty()) << "as files are cut";
}

TEST(MissingSound, IsAllWhereNoSoundCame) {
  EXPECT_THAT(missing_sound(kPictures, std::nullopt),
              ElementsAre(missing(kPictures, "no sound beside the pictures")));
}

TEST(MissingSound, LiesBeforeATrackThatBeginsLateAndBehindOneThatEndsEarly) {
  EXPECT_THAT(missing_sound(kPictures, TimeSpan{1s, 7s}),
              ElementsAre(missing({0s, 1s}, "the sound begins after the pictures"),
                          missing({7s, 10s}, "the sound ends before the pictures")));
}

TEST(MissingSound, LastsNoLongerThanThePictures) {
  EXPECT_THAT(missing_sound(kPictures, TimeSpan{12s, 20s}),
              ElementsAre(missing(kPictures, "the sound begins after the pictures")));
}

TEST(MissingSound, IsAMutedTrackToo) {
  const TimeSpan sound{20ms, 9s};
  const std::vector muted = {silent({40ms, 9s})};
  EXPECT_EQ(silent_throughout(sound, muted), missing(sound, "silent from its begin to its end"));
}

TEST(MissingSound, IsNotASilentBeginOrEnd) {
  const std::vector found = {silent({0s, 4s}), silent({5s, 10s})};
  EXPECT_FALSE(silent_throughout(kPictures, found));
  const std::vector clipped = {QualityFinding{QualityKind::kClipped, kPictures, "loud"}};
  EXPECT_FALSE(silent_throughout(kPictures, clipped));
}

}  // namespace
}  // namespace subtide
