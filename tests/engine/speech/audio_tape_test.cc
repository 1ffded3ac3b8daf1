#include "engine/speech/audio_tape.h"

#include <gtest/gtest.h>

#include <numeric>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using Samples = std::vector<std::int16_t>;

Samples counting(std::size_t count, int first = 0) {
  Samples samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<std::int16_t>((first + static_cast<int>(i)) % 30000);
  }
  return samples;
}

TEST(AudioTape, FindsSamplesByMediaTime) {
  AudioTape tape;
  tape.append(milliseconds(1000), counting(16'000));
  const auto pieces = tape.pieces({milliseconds(1250), milliseconds(1500)});
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].begin, milliseconds(1250));
  EXPECT_EQ(pieces[0].end(), milliseconds(1500));
  EXPECT_EQ(pieces[0].samples.front(), 4000);
  EXPECT_EQ(pieces[0].samples.size(), 4000U);
}

TEST(AudioTape, GoesOnCountingWhereAPushIsALittleOff) {
  AudioTape tape;
  tape.append(milliseconds(0), counting(1600));
  tape.append(milliseconds(139), counting(1600));
  EXPECT_EQ(tape.end(), milliseconds(200));
  EXPECT_EQ(tape.joint(milliseconds(240)), AudioTape::Joint::kTouches);
}

TEST(AudioTape, StartsANewStretchAfterAJumpOfMoreThanFortyMilliseconds) {
  AudioTape tape;
  tape.append(milliseconds(0), counting(1600));
  EXPECT_EQ(tape.joint(milliseconds(141)), AudioTape::Joint::kGap);
  EXPECT_EQ(tape.joint(milliseconds(59)), AudioTape::Joint::kBackward);
  tape.append(milliseconds(500), counting(1600));
  EXPECT_EQ(tape.end(), milliseconds(600));
  const auto pieces = tape.pieces({milliseconds(50), milliseconds(550)});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].begin, milliseconds(50));
  EXPECT_EQ(pieces[0].end(), milliseconds(100));
  EXPECT_EQ(pieces[1].begin, milliseconds(500));
  EXPECT_EQ(count_samples(pieces), 1600U);
}

TEST(AudioTape, ForgetsWithoutMovingWhatItKeeps) {
  AudioTape tape;
  tape.append(milliseconds(0), counting(20'000));
  tape.append(milliseconds(3000), counting(20'000));
  tape.forget_before(milliseconds(1100));
  EXPECT_EQ(tape.begin(), milliseconds(1100));
  EXPECT_EQ(tape.pieces({milliseconds(0), milliseconds(1200)})[0].samples.front(), 17'600);
  tape.forget_before(milliseconds(2000));
  EXPECT_EQ(tape.begin(), milliseconds(3000));
}

TEST(AudioTape, CutsWhereItIsQuietestInTheLastQuarter) {
  Samples loud(32'000, 8000);
  std::fill(loud.begin() + 4'000, loud.begin() + 9'000, std::int16_t{0});
  std::fill(loud.begin() + 26'400, loud.begin() + 29'600, std::int16_t{10});
  AudioTape tape;
  tape.append(milliseconds(0), loud);
  const auto pieces = tape.pieces({milliseconds(0), milliseconds(2000)});
  EXPECT_EQ(quietest_cut(pieces, 32'000), 28'000U);
}

TEST(AudioTape, CutsAcrossPieces) {
  AudioTape tape;
  tape.append(milliseconds(0), counting(1600));
  tape.append(milliseconds(500), counting(1600));
  const auto first = first_samples(tape.pieces({milliseconds(0), milliseconds(900)}), 2000);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].end(), milliseconds(525));
}

}  // namespace
}  // namespace subtide
