#pragma once

#include <gmock/gmock.h>

#include <fstream>

#include "engine/pipeline/chapters.h"
#include "tests/engine/pipeline/made_media.h"

namespace subtide {

inline void write_text(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// Titles with all that means something to the ways they go.
inline std::vector<Chapter> odd_chapters() {
  using namespace std::chrono_literals;
  return {{{0s, 1234ms}, "One = two; #3 \\ [CHAPTER]"},
          {{1234ms, 2500ms}, "Zwölf – 日本語 😀"},
          {{2500ms, 3001ms}, "two\nlines and \"quotes\" 'too' $HOME %s"},
          {{3001ms, 4s}, ""}};
}

class ChaptersTest : public MadeMedia {
 protected:
  void SetUp() override {
    MadeMedia::SetUp();
    SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  }

  std::vector<Chapter> read(const std::filesystem::path& path) {
    const auto input = MediaInput::open(path);
    EXPECT_TRUE(input) << input.error().message;
    auto chapters = read_chapters(*input);
    EXPECT_TRUE(chapters) << chapters.error().message;
    return chapters ? *std::move(chapters) : std::vector<Chapter>();
  }

  /// Arguments that give an output the odd chapters.
  std::vector<std::string> chapter_arguments() {
    write_text(folder_ / "chapters.txt", to_ffmetadata(odd_chapters()));
    return {"-i", (folder_ / "chapters.txt").string(), "-map_chapters", "1"};
  }
};

}  // namespace subtide
