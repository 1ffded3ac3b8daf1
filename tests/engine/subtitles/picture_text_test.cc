// Cues as they are drawn into pictures: size, time, markup.
#include "engine/subtitles/picture_text.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

using std::chrono::milliseconds;

Cue cue(int begin_ms, int end_ms, std::vector<std::string> lines) {
  Cue made;
  made.span = {milliseconds(begin_ms), milliseconds(end_ms)};
  made.lines = std::move(lines);
  return made;
}

TEST(PictureText, IsAnEighteenthOfThePictureHighAndStandsInTheSafeArea) {
  const std::vector<Cue> cues = {cue(0, 1000, {"A short line"})};
  EXPECT_EQ(picture_text_size({1920, 1080, 1}, cues), (PictureTextSize{60, 54}));
  EXPECT_EQ(picture_text_size({1280, 720, 1}, cues), (PictureTextSize{40, 36}));
  EXPECT_EQ(picture_text_size({426, 240, 1}, cues), (PictureTextSize{13, 12}));
}

TEST(PictureText, TheLongestLineOfAllDecidesWherePicturesAreNarrow) {
  const std::string line(42, 'n');
  const std::vector<Cue> cues = {cue(0, 1000, {"Short"}), cue(1000, 2000, {"Short", line})};
  const auto wide = picture_text_size({1920, 1080, 1}, cues);
  const auto tall = picture_text_size({1080, 1920, 1}, cues);
  EXPECT_EQ(wide.font, 60);
  EXPECT_EQ(tall.font, 34);
  // Wide letters take more.
  const std::vector<Cue> capitals = {cue(0, 1000, {std::string(42, 'N')})};
  EXPECT_LT(picture_text_size({1080, 1920, 1}, capitals).font, tall.font);
  const std::vector<Cue> japanese = {cue(0, 1000, {"字幕は十六文字まで読みやすいです"})};
  EXPECT_EQ(picture_text_size({1080, 1920, 1}, japanese).font, 60);
}

TEST(PictureText, PixelsThatAreNotSquareCountAsTheyAreShown) {
  const std::vector<Cue> cues = {cue(0, 1000, {std::string(42, 'n')})};
  EXPECT_EQ(picture_text_size({720, 576, 64.0 / 45}, cues).font, 32);
  EXPECT_EQ(picture_text_size({720, 576, 1}, cues).font, 22);
}

TEST(PictureText, NothingIsSmallerThanCanBeRead) {
  const std::vector<Cue> cues = {cue(0, 1000, {std::string(42, 'n')})};
  EXPECT_EQ(picture_text_size({96, 72, 1}, cues).font, 8);
  EXPECT_EQ(picture_text_size({1280, 720, 1}, {}).font, 40);
}

TEST(PictureText, ACueIsUpFromItsBeginToItsEnd) {
  const std::vector<Cue> cues = {cue(1000, 2000, {"one"}), cue(2000, 2500, {"two"})};
  EXPECT_EQ(cue_at(cues, milliseconds(999)), nullptr);
  EXPECT_EQ(cue_at(cues, milliseconds(1000)), &cues[0]);
  EXPECT_EQ(cue_at(cues, milliseconds(1999)), &cues[0]);
  EXPECT_EQ(cue_at(cues, milliseconds(2000)), &cues[1]);
  EXPECT_EQ(cue_at(cues, milliseconds(2500)), nullptr);
  EXPECT_EQ(cue_at({}, milliseconds(0)), nullptr);
}

TEST(PictureText, MarkupShowsTextAsItIs) {
  EXPECT_EQ(pango_markup(cue(0, 1, {"a < b && <i>c</i>", "", "d\x01\xFF"})),
            "a &lt; b &amp;&amp; &lt;i&gt;c&lt;/i&gt;\nd\xEF\xBF\xBD");
}

}  // namespace
}  // namespace subtide
