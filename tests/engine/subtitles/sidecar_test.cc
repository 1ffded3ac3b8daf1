#include "engine/subtitles/sidecar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/subtitles/plain_text.h"
#include "tests/engine/subtitles/sidecar_samples.h"

namespace subtide {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class EverySidecar : public testing::TestWithParam<SidecarFormat> {
 protected:
  std::string write(const std::vector<Cue>& cues) {
    return write_sidecar(GetParam(), sample_header(), cues, sample_footer());
  }

  std::vector<Cue> read(const std::string& text) {
    auto sidecar = read_sidecar(GetParam(), text);
    if (sidecar) return sidecar->cues;
    ADD_FAILURE() << sidecar.error().message << " in\n" << text;
    return {};
  }

  MediaDuration step() { return milliseconds(GetParam() == SidecarFormat::kAss ? 10 : 1); }
};

INSTANTIATE_TEST_SUITE_P(Formats, EverySidecar, testing::ValuesIn(all_formats()),
                         [](const auto& format) { return std::string(to_string(format.param)); });

TEST_P(EverySidecar, ReadsBackNastyTextsAsTheyWere) {
  std::vector<Cue> cues;
  for (const std::string& text : nasty_texts()) {
    const int begin = static_cast<int>(cues.size()) * 1000;
    cues.push_back(cue_at(begin, begin + 900, {text, "second line", text}));
  }
  const auto found = read(write(cues));
  ASSERT_EQ(found.size(), cues.size());
  for (std::size_t i = 0; i < cues.size(); ++i) {
    EXPECT_EQ(found[i].lines, cues[i].lines);
    EXPECT_EQ(found[i].span, cues[i].span);
    EXPECT_EQ(found[i].id, std::to_string(i + 1));
  }
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces{
      "<",  ">", "&",    "{", "}", "\\",     "-",      "-->",    " ",          "a",      "N",
      "n",  "b", "amp;", "#", "1", ":",      "/",      ";",      "\u2060",     "\u00A0", "'",
      "\"", "p", "h",    ",", ".", "\u05D0", "\u200F", "\u5B57", "\U0001F600", "]]>",    "!--"};
  std::string text;
  for (int count = static_cast<int>(random() % 12) + 1; count > 0; --count) {
    text += kPieces[random() % kPieces.size()];
  }
  return plain_text(text);
}

TEST_P(EverySidecar, ReadsBackWhateverMarkupIsThrownTogether) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const std::vector<std::string> lines{std::string("x") + random_text(random),
                                         random_text(random) + "x"};
    const auto found = read(write({cue_at(0, 1000, lines)}));
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(found[0].lines, lines);
  }
}

TEST_P(EverySidecar, ReadsBackTimesToItsOwnStep) {
  std::mt19937_64 random(2);
  std::vector<Cue> cues;
  nanoseconds time(0);
  for (int i = 0; i < 1000; ++i) {
    Cue cue = cue_at(0, 0, {"text"});
    cue.span.begin = time + nanoseconds(random() % 5'000'000'000);
    cue.span.end = cue.span.begin + nanoseconds(random() % 5'000'000'000 + 20'000'000);
    time = cue.span.end;
    cues.push_back(cue);
  }
  const auto found = read(write(cues));
  ASSERT_EQ(found.size(), cues.size());
  for (std::size_t i = 0; i < cues.size(); ++i) {
    EXPECT_LE(std::chrono::abs(found[i].span.begin - cues[i].span.begin), step() / 2);
    EXPECT_LE(std::chrono::abs(found[i].span.end - cues[i].span.end), step() / 2);
  }
}

TEST_P(EverySidecar, ReadsByteOrderMarkAndCarriageReturns) {
  std::string text = "\uFEFF";
  for (const char c : write(sample_cues()))
    text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto found = read(text);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_THAT(found[0].lines, ElementsAre("The president will sign", "the new budget tomorrow."));
}

TEST_P(EverySidecar, WritesNoCarriageReturnAndNoByteOrderMark) {
  const std::string text = write({cue_at(0, 1000, {"one\r\ntwo\rthree"})});
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_FALSE(text.starts_with("\uFEFF"));
  EXPECT_THAT(read(text)[0].lines, ElementsAre("one two three"));
}

TEST_P(EverySidecar, StripsControlsAndDirectionalOverrides) {
  const auto found = read(write({cue_at(0, 1000, {"a\u202Eb\u2066c\x01\x1B[1md\u0007\u2069"})}));
  EXPECT_THAT(found[0].lines, ElementsAre("abc[1md"));
}

TEST_P(EverySidecar, WritesBrokenUtf8AsReplacementCharacters) {
  const auto found = read(write({cue_at(0, 1000, {"a\xFF\xC3(b"})}));
  EXPECT_THAT(found[0].lines, ElementsAre("a\uFFFD\uFFFD(b"));
}

TEST_P(EverySidecar, LeavesOutEmptyLinesAndCuesWithoutText) {
  const auto found = read(write({cue_at(0, 1000, {"", " \t", "\u202E"}), cue_at(1000, 2000, {}),
                                 cue_at(2000, 3000, {"", "text", ""})}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].lines, ElementsAre("text"));
}

TEST_P(EverySidecar, GivesACueThatDoesNotEndItsShortestDuration) {
  const auto found = read(write({cue_at(5000, 5000, {"one"}), cue_at(6000, 2000, {"two"})}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].span.duration(), step());
  EXPECT_EQ(found[1].span.duration(), step());
}

TEST_P(EverySidecar, KeepsTimesInsideWhatItsClockCanTell) {
  Cue early = cue_at(-5000, 1000, {"before zero"});
  Cue late = cue_at(0, 0, {"after all"});
  late.span = {MediaTime::max() - hours(1), MediaTime::max()};
  const auto found = read(write({early, late}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].span, (TimeSpan{milliseconds(0), milliseconds(1000)}));
  EXPECT_EQ(found[1].span.end, hours(999'999));
}

TEST_P(EverySidecar, IsValidWithoutAnyCue) { EXPECT_THAT(read(write({})), IsEmpty()); }

TEST_P(EverySidecar, GivesTheSameBytesWhetherStreamedOrWhole) {
  const auto writer = make_cue_writer(GetParam(), sample_header());
  std::string streamed = writer->begin();
  for (const Cue& cue : sample_cues()) streamed += writer->add(cue);
  streamed += writer->end(sample_footer());
  EXPECT_EQ(streamed, write(sample_cues()));
}

TEST_P(EverySidecar, RefusesBytesThatAreNotUtf8AndNamesTheLine) {
  std::string text = write(sample_cues());
  text.insert(text.find('\n') + 1, "\xE9t\xE9");
  const auto sidecar = read_sidecar(GetParam(), text);
  ASSERT_FALSE(sidecar);
  EXPECT_EQ(sidecar.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(sidecar.error().message, testing::StartsWith("line 2: not UTF-8"));
}

TEST_P(EverySidecar, NeverTakesATruncatedFileForMoreThanItHolds) {
  const std::string text = write(sample_cues());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto sidecar = read_sidecar(GetParam(), std::string_view(text).substr(0, size));
    if (sidecar) {
      EXPECT_LE(sidecar->cues.size(), 4U);
    } else {
      EXPECT_EQ(sidecar.error().message.find('\n'), std::string::npos);
    }
  }
}

TEST(Sidecar, KeepsLanguageMediaAndModelsWhereTheFormatCan) {
  for (const SidecarFormat format :
       {SidecarFormat::kWebVtt, SidecarFormat::kTtml, SidecarFormat::kAss, SidecarFormat::kJson}) {
    const auto sidecar = read_sidecar(
        format, write_sidecar(format, sample_header(), sample_cues(), sample_footer()));
    ASSERT_TRUE(sidecar) << sidecar.error().message;
    EXPECT_EQ(sidecar->header.language, "en");
    EXPECT_EQ(sidecar->header.media_name, sample_header().media_name);
    EXPECT_EQ(sidecar->header.models, sample_header().models);
    EXPECT_EQ(sidecar->cues[1].speaker, "Anna");
    EXPECT_FALSE(sidecar->cues[0].speaker);
  }
}

TEST(Sidecar, CountsCuesAnewWhenIdsRepeat) {
  const auto sidecar = read_sidecar(SidecarFormat::kSrt,
                                    "7\n00:00:01,000 --> 00:00:02,000\na\n\n"
                                    "7\n00:00:03,000 --> 00:00:04,000\nb\n");
  ASSERT_TRUE(sidecar);
  EXPECT_EQ(sidecar->cues[0].id, "1");
  EXPECT_EQ(sidecar->cues[1].id, "2");
}

TEST(Sidecar, FormatsHaveOneNameForFileAndOption) {
  for (const SidecarFormat format : all_formats()) {
    EXPECT_EQ(parse_sidecar_format(to_string(format)).value(), format);
  }
  const auto unknown = parse_sidecar_format("sub");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.error().message,
            "no subtitle format 'sub'; there are srt, vtt, ttml, ass and json");
}

TEST(PlainText, DoesNotChangeWhatItMadePlain) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 30; ++i) bytes += static_cast<char>(random());
    const std::string plain = plain_text(bytes);
    ASSERT_EQ(plain_text(plain), plain);
    ASSERT_FALSE(find_foreign_byte(plain));
  }
}

TEST(PlainText, KeepsJoinersMarksAndNoBreakSpaces) {
  const std::string text = "\u00A0a\u200D\u200C\u200E\u200F\u2060\u00AD\u00A0";
  EXPECT_EQ(plain_text(text), text);
}

}  // namespace
}  // namespace subtide
