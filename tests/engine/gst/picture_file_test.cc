#include "engine/gst/picture_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/picture_maker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;
using testing_support::write_picture;

class PictureFile : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  const TemporaryFolder folder_;
};

TEST_F(PictureFile, ReadsPngAndJpegByTheirContent) {
  for (const auto* encoder : {"pngenc", "jpegenc"}) {
    const auto path = folder_ / "picture.bin";
    ASSERT_TRUE(write_picture(path, encoder, "red", 66, 34)) << encoder;
    const auto picture = read_picture(path);
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(picture->width, 66);
    EXPECT_EQ(picture->height, 34);
    ASSERT_EQ(picture->pixels.size(), 66U * 34 * 4);
    for (const std::size_t at : {std::size_t{0}, std::size_t{66 * 33 * 4}}) {
      EXPECT_LT(picture->pixels[at], 40) << "blue";
      EXPECT_LT(picture->pixels[at + 1], 40) << "green";
      EXPECT_GT(picture->pixels[at + 2], 200) << "red";
    }
  }
}

TEST_F(PictureFile, SaysWhatIsWrongWithOthers) {
  EXPECT_EQ(read_picture(folder_ / "none.png").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_picture(folder_.path()).error().code, ErrorCode::kNotFound);
  std::ofstream(folder_ / "text.png") << "no picture";
  const auto text = read_picture(folder_ / "text.png");
  EXPECT_EQ(text.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(text.error().message, HasSubstr("text.png: neither PNG nor JPEG"));
  std::ofstream(folder_ / "empty.jpg");
  EXPECT_EQ(read_picture(folder_ / "empty.jpg").error().code, ErrorCode::kUnsupported);
}

TEST_F(PictureFile, ACutOrLargeOneCannotBeDecoded) {
  ASSERT_TRUE(write_picture(folder_ / "whole.png", "pngenc"));
  std::filesystem::copy_file(folder_ / "whole.png", folder_ / "cut.png");
  std::filesystem::resize_file(folder_ / "cut.png", 40);
  EXPECT_EQ(read_picture(folder_ / "cut.png").error().code, ErrorCode::kBadInput);
  ASSERT_TRUE(write_picture(folder_ / "wide.png", "pngenc", "black", 9000, 2));
  EXPECT_EQ(read_picture(folder_ / "wide.png").error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace subtide
