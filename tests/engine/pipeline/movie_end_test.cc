#include "engine/pipeline/movie_end.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

std::string box(const std::string& type, std::size_t payload) {
  const std::size_t size = payload + 8;
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(size >> shift & 0xFF));
  }
  return bytes + type + std::string(payload, 'x');
}

class MovieEnd : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }
  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "file.mp4";
};

const std::string kBegin = box("ftyp", 16) + box("moov", 100);
const std::string kFragment = box("moof", 50) + box("mdat", 300);

TEST_F(MovieEnd, AWholeFileStaysAsItIs) {
  const std::string whole = kBegin + kFragment + kFragment + box("mfra", 20);
  EXPECT_EQ(*end_of_fragments(write(whole)), whole.size());
  EXPECT_TRUE(cut_behind_fragments(path_));
  EXPECT_EQ(file_size(path_), whole.size());
}

TEST_F(MovieEnd, WhatWasBegunIsCutOffWhereverItStops) {
  const std::string whole = kBegin + kFragment;
  const std::string next = kFragment;
  for (std::size_t more = 1; more < next.size(); ++more) {
    EXPECT_EQ(*end_of_fragments(write(whole + next.substr(0, more))), whole.size()) << more;
  }
  EXPECT_TRUE(cut_behind_fragments(path_));
  EXPECT_EQ(file_size(path_), whole.size());
  EXPECT_EQ(*end_of_fragments(write(whole + next)), whole.size() + next.size());
}

TEST_F(MovieEnd, LongBoxesCountWhatTheySay) {
  std::string large("\0\0\0\1mdat\0\0\0\0\0\0\0\x14xxxx", 20);
  const std::string whole = kBegin + box("moof", 4) + large;
  EXPECT_EQ(*end_of_fragments(write(whole + "\0\0")), whole.size());
  EXPECT_EQ(*end_of_fragments(write(whole + large.substr(0, 12))), whole.size());
}

TEST_F(MovieEnd, AnotherFileIsLeftAlone) {
  for (const std::string& other :
       {std::string(), std::string("no movie at all"), box("ftyp", 8), std::string(64, '\0')}) {
    EXPECT_EQ(*end_of_fragments(write(other)), other.size());
  }
  EXPECT_EQ(end_of_fragments(folder_ / "none").error().code, ErrorCode::kIo);
  EXPECT_FALSE(cut_behind_fragments(folder_ / "none"));
}

}  // namespace
}  // namespace subtide
