#include "tests/engine/pipeline/chapters_fixture.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kNoProgram = "no-such-program";

TEST_F(ChaptersTest, AreReadFromEachFormatThatHasThem) {
  for (const char* name : {"a.mp4", "a.mkv", "a.mp3", "a.m4a"}) {
    const auto path = make(name, joined({tone_burst(), chapter_arguments()}));
    const auto chapters = read(path);
    const auto expected = odd_chapters();
    ASSERT_EQ(chapters.size(), expected.size()) << name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // Where MP3 has no title, ffprobe gives the chapter's own name.
      const bool is_named = std::string(name) == "a.mp3" && expected[i].title.empty();
      EXPECT_EQ(chapters[i].title, is_named ? "ch3" : expected[i].title) << name;
      EXPECT_LE(abs(chapters[i].span.begin - expected[i].span.begin), 1ms) << name << i;
      EXPECT_LE(abs(chapters[i].span.end - expected[i].span.end), 1ms) << name << i;
    }
  }
}

TEST_F(ChaptersTest, AreReadFromCommentsOfOgg) {
  const auto path = make(
      "a.opus",
      joined({tone_burst(),
              {"-metadata", "CHAPTER001=00:00:00.000", "-metadata", "CHAPTER001NAME=Beginning",
               "-metadata", "Chapter002=00:00:01.500", "-metadata", "Chapter002Name=Middle"}}));
  const auto chapters = tidy_chapters(read(path), 4s);
  ASSERT_EQ(chapters.size(), 2U);
  EXPECT_EQ(chapters[0], (Chapter{{0s, 1500ms}, "Beginning"}));
  EXPECT_EQ(chapters[1].title, "Middle");
  EXPECT_EQ(chapters[1].span.begin, 1500ms);
}

TEST_F(ChaptersTest, FilesWithoutThemNeedNoProgram) {
  for (const char* name : {"a.mp4", "a.mkv", "a.ogg", "a.mp3", "a.wav", "a.ts", "a.flac"}) {
    const auto input = MediaInput::open(make(name, tone_burst()));
    ASSERT_TRUE(input);
    EXPECT_FALSE(may_have_chapters(*input).value()) << name;
    const auto chapters = read_chapters(*input, {}, kNoProgram);
    ASSERT_TRUE(chapters) << chapters.error().message;
    EXPECT_THAT(*chapters, IsEmpty());
  }
  write_text(folder_ / "short", "ftyp");
  EXPECT_FALSE(may_have_chapters(*MediaInput::open(folder_ / "short")).value());
}

TEST_F(ChaptersTest, AMissingFfprobeIsNamedWithItsPackage) {
  const auto input = MediaInput::open(make("a.mkv", joined({tone_burst(), chapter_arguments()})));
  const auto chapters = read_chapters(*input, {}, kNoProgram);
  ASSERT_FALSE(chapters);
  EXPECT_EQ(chapters.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(chapters.error().message, HasSubstr("a.mkv: it may have chapters"));
  EXPECT_THAT(chapters.error().message, HasSubstr("apt install ffmpeg"));
}

TEST_F(ChaptersTest, AnswersThatAreNoneAndStopsAreErrors) {
  const auto input = MediaInput::open(make("a.mkv", joined({tone_burst(), chapter_arguments()})));
  const auto failed = read_chapters(*input, {}, "false");
  EXPECT_EQ(failed.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(failed.error().message, "a.mkv: its chapters cannot be read: exit 1");
  EXPECT_THAT(read_chapters(*input, {}, "echo").error().message, HasSubstr("is not understood"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(read_chapters(*input, stop.get_token()).error().code, ErrorCode::kUnavailable);
}

TEST(TidyChapters, AreInOrderWithinTheLengthAndDoNotOverlap) {
  const std::vector<Chapter> untidy = {{{5s, 9s}, "b"},
                                       {{-1s, 6s}, "a"},
                                       {{7s, 7s}, "no end"},
                                       {{8s, 20s}, "last"},
                                       {{12s, 13s}, "outside"}};
  EXPECT_THAT(tidy_chapters(untidy, 10s),
              ElementsAre(Chapter{{0s, 5s}, "a"}, Chapter{{5s, 7s}, "b"},
                          Chapter{{7s, 8s}, "no end"}, Chapter{{8s, 10s}, "last"}));
  EXPECT_THAT(tidy_chapters({}, 10s), IsEmpty());
  EXPECT_THAT(tidy_chapters({{{0s, 2s}, "gap"}, {{3s, 4s}, "behind"}}, 10s),
              ElementsAre(Chapter{{0s, 2s}, "gap"}, Chapter{{3s, 4s}, "behind"}));
}

TEST(Ffmetadata, EscapesWhatHasAMeaning) {
  const std::vector<Chapter> chapters = {{{1ms, 2s}, "a=b;c#d\\e\nf\r\x01g\t"}};
  EXPECT_EQ(to_ffmetadata(chapters),
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000000000\nSTART=1000000\nEND=2000000000\n"
            "title=a\\=b\\;c\\#d\\\\e\\\nfg\t\n");
  const std::vector<Chapter> endless = {{{0s, 1s}, std::string(999, 'a') + "é and more"}};
  EXPECT_THAT(to_ffmetadata(endless), testing::EndsWith(std::string(999, 'a') + "\n"));
}

}  // namespace
}  // namespace subtide
