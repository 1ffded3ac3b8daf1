#include "elements/cea608/caption_placer.h"

#include <gmock/gmock.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include "engine/gst/pointer.h"
#include "tests/engine/subtitles/cea608_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Cea608Slot slot(int frame, char text) {
  return {{frame * 40ms, (frame + 1) * 40ms},
          text == 0 ? Cea608Pair{} : text_pair(static_cast<std::uint8_t>(text), 0)};
}
Cea608Pair pair(char text) { return slot(0, text).pair; }
TimeSpan shown(int frame) { return {frame * 40ms, (frame + 1) * 40ms}; }

TEST(CaptionPlacer, GivesEachAccessUnitThePairOfItsFrameInDecodingOrder) {
  CaptionPlacer placer;
  for (int frame = 0; frame < 5; ++frame) placer.add(slot(frame, static_cast<char>('a' + frame)));
  EXPECT_TRUE(placer.knows(200ms));
  EXPECT_FALSE(placer.knows(201ms));
  // I0 P4 B2 b1 b3
  EXPECT_THAT(placer.take(shown(0), -80ms), ElementsAre(pair('a')));
  EXPECT_THAT(placer.take(shown(4), -40ms), ElementsAre(pair('e')));
  EXPECT_THAT(placer.take(shown(2), 0ms), ElementsAre(pair('c')));
  EXPECT_THAT(placer.take(shown(1), 40ms), ElementsAre(pair('b')));
  EXPECT_THAT(placer.take(shown(3), 80ms), ElementsAre(pair('d')));
}

TEST(CaptionPlacer, HandsThePairOfASkippedFrameToTheNextShown) {
  CaptionPlacer placer;
  for (int frame = 0; frame < 6; ++frame) placer.add(slot(frame, static_cast<char>('a' + frame)));
  EXPECT_THAT(placer.take(shown(0), 0ms), ElementsAre(pair('a')));
  EXPECT_THAT(placer.take(shown(4), 160ms), ElementsAre(pair('b'), pair('c'), pair('d')));
  EXPECT_THAT(placer.take(shown(5), 200ms), ElementsAre(pair('e'), pair('f')));
}

TEST(CaptionPlacer, KeepsNoMoreThanThreeMinutesWhileThereIsNoVideo) {
  CaptionPlacer placer;
  constexpr int kFrames = 25 * 60 * 10;
  for (int frame = 0; frame < kFrames; ++frame) placer.add(slot(frame, frame < 9000 ? 'a' : 'b'));
  EXPECT_THAT(placer.take(shown(8999), 8999 * 40ms), IsEmpty()) << "what was said before is gone";
  EXPECT_THAT(placer.take(shown(kFrames - 1), 8999 * 40ms), ElementsAre(pair('b')));
}

TEST(CaptionPlacer, SkipsNullPairsOfSkippedFrames) {
  CaptionPlacer placer;
  placer.add(slot(0, 0));
  placer.add(slot(1, 'b'));
  placer.add(slot(2, 0));
  EXPECT_THAT(placer.take(shown(2), 80ms), ElementsAre(pair('b'), Cea608Pair{}));
}

TEST(CaptionPlacer, CaptionsBehindTheVideoComeLateAndInOrder) {
  CaptionPlacer placer;
  for (int frame = 0; frame < 5; ++frame) placer.add(slot(frame, static_cast<char>('a' + frame)));
  EXPECT_THAT(placer.take(shown(50), 2000ms), ElementsAre(pair('a'), pair('b'), pair('c')));
  EXPECT_THAT(placer.take(shown(51), 2040ms), ElementsAre(pair('d'), pair('e')));
}

TEST(CaptionPlacer, ALateCaptionStandsAsLongAsItWasTo) {
  const auto command = [](int frame, Cea608Command which) {
    return Cea608Slot{slot(frame, 0).span, command_pair(Cea608Channel::kCc3, which)};
  };
  CaptionPlacer placer;
  placer.add(command(10, Cea608Command::kEndOfCaption));
  for (int frame = 11; frame < 30; ++frame) placer.add(slot(frame, 0));
  placer.add(command(30, Cea608Command::kEraseDisplayedMemory));
  placer.add(slot(31, 'b'));
  EXPECT_THAT(placer.take(shown(50), 2000ms),
              ElementsAre(command(10, Cea608Command::kEndOfCaption).pair));
  EXPECT_THAT(placer.take(shown(51), 2040ms), IsEmpty());
  EXPECT_THAT(placer.take(shown(69), 2760ms), IsEmpty());
  EXPECT_THAT(placer.take(shown(70), 2800ms),
              ElementsAre(command(30, Cea608Command::kEraseDisplayedMemory).pair, pair('b')));
}

TEST(CaptionPlacer, ForgetsWhatFoundNoAccessUnitForTenSeconds) {
  CaptionPlacer placer;
  placer.add(slot(0, 'a'));
  placer.add(slot(300, 'z'));
  EXPECT_THAT(placer.take(shown(300), 12000ms), ElementsAre(pair('z')));
}

TEST(CaptionPlacer, AFlushForgetsAll) {
  CaptionPlacer placer;
  placer.add(slot(0, 'a'));
  placer.drop();
  EXPECT_FALSE(placer.knows(40ms));
  EXPECT_THAT(placer.take(shown(0), 0ms), IsEmpty());
}

TEST(CaptionPlacer, AttachesConstructsOfTheField) {
  gst_init(nullptr, nullptr);
  const BufferPtr buffer(gst_buffer_new());
  attach_captions(buffer.get(), Cea608Field::kFirst, {});
  EXPECT_EQ(gst_buffer_get_video_caption_meta(buffer.get()), nullptr);
  const std::vector<Cea608Pair> pairs = {pair('a'), pair('b')};
  attach_captions(buffer.get(), Cea608Field::kSecond, pairs);
  const GstVideoCaptionMeta* meta = gst_buffer_get_video_caption_meta(buffer.get());
  ASSERT_NE(meta, nullptr);
  EXPECT_EQ(meta->caption_type, GST_VIDEO_CAPTION_TYPE_CEA708_RAW);
  EXPECT_THAT(std::vector<int>(meta->data, meta->data + meta->size),
              ElementsAre(0xFD, 0x61, 0x80, 0xFD, 0x62, 0x80));
}

}  // namespace
}  // namespace subtide
