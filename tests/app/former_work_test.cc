// What earlier runs did is found again, and only the rest is done.
#include <fstream>

#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class FormerWorkOf : public ProgramTest {
 protected:
  void SetUp() override { make_talk("talk.wav"); }

  ProgramResult again(const Words& words) const {
    ProgramOptions how = options();
    how.environment["SUBTIDE_STATE"] = path("state").string();
    return run(with_fakes(words), how);
  }
  ProgramResult done(const Words& words) const {
    auto result = again(words);
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return result;
  }
  auto time_of(std::string_view name) const { return std::filesystem::last_write_time(path(name)); }
};

TEST_F(FormerWorkOf, AFinishedJobIsLeftAlone) {
  done({"talk.wav", "--preview"});
  const auto written = time_of("talk.en.srt");
  const auto second = done({"talk.wav", "--preview"});
  EXPECT_THAT(second.err, HasSubstr("was done before"));
  EXPECT_THAT(second.err, HasSubstr("is there   talk.en.srt"));
  EXPECT_EQ(time_of("talk.en.srt"), written);
  EXPECT_THAT(done({"talk.wav", "--preview", "--force"}).err, Not(HasSubstr("was done before")));
  EXPECT_THAT(done({"talk.wav", "--preview", "--fresh"}).err, HasSubstr("wrote"));
}

TEST_F(FormerWorkOf, WhatIsMissingIsWrittenWithoutHearingTheMediaAgain) {
  done({"talk.wav", "--translate", "es", "--formats", "srt,vtt,json"});
  const auto english = read("talk.en.json");
  const auto spanish = read("talk.es.srt");
  std::filesystem::remove(path("talk.es.srt"));
  std::filesystem::remove(path("talk.en.json"));
  const auto second = done({"talk.wav", "--translate", "es", "--formats", "srt,vtt,json"});
  EXPECT_THAT(second.err, HasSubstr("recognised before"));
  EXPECT_EQ(read("talk.en.json"), english);
  EXPECT_EQ(read("talk.es.srt"), spanish);
  EXPECT_THAT(done({"talk.wav", "--formats", "ttml,ass", "--style", "bbc"}).err,
              HasSubstr("recognised before"));
}

TEST_F(FormerWorkOf, AFileThatSomebodyEditedIsNotReplaced) {
  done({"talk.wav"});
  std::ofstream(path("talk.en.srt"), std::ios::app) << "\n";
  const auto edited = read("talk.en.srt");
  const auto second = again({"talk.wav"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("talk.en.srt exists; give --force"));
  EXPECT_EQ(read("talk.en.srt"), edited);
}

TEST_F(FormerWorkOf, OtherSoundModelsAndOptionsAreOtherWork) {
  done({"talk.wav"});
  const auto heard = Not(HasSubstr("recognised before"));
  ProgramOptions how = options();
  how.environment["SUBTIDE_STATE"] = path("state").string();
  Words other = with_fakes({"talk.wav", "-o", "b"});
  other[2] = R"(fake:{"max_window": 2})";  // the recogniser
  EXPECT_THAT(run(other, how).err, heard);
  EXPECT_THAT(done({"talk.wav", "-o", "c", "--duration", "3"}).err, heard);
  EXPECT_THAT(done({"talk.wav", "-o", "d"}).err, Not(heard));
  write_sound(path("talk.wav"), {{1, false}, {4, true}, {2, false}});
  EXPECT_THAT(done({"talk.wav", "-o", "e"}).err, heard);
}

TEST_F(FormerWorkOf, ABatchReportOfOursIsReplaced) {
  make_talk("more/other.wav");
  done({"talk.wav", "more/other.wav", "-o", "out"});
  const auto second = done({"talk.wav", "more/other.wav", "-o", "out"});
  EXPECT_THAT(second.err, HasSubstr("was done before"));
  write("out/subtide-report.json", "mine");
  EXPECT_EQ(again({"talk.wav", "more/other.wav", "-o", "out"}).exit_code, 1);
  EXPECT_EQ(read("out/subtide-report.json"), "mine");
}

TEST_F(FormerWorkOf, SubtitleFilesAreKnownAgainToo) {
  done({"talk.wav", "-o", "out", "--formats", "srt"});
  done({"out/talk.en.srt", "--formats", "vtt", "-o", "again"});
  EXPECT_THAT(done({"out/talk.en.srt", "--formats", "vtt", "-o", "again"}).err,
              HasSubstr("was done before"));
}

TEST_F(FormerWorkOf, WordsThatWereNotBelievedAreNoReasonToTryAgainButFailuresAre) {
  const auto with = [](const std::string& trouble, const std::string& output) {
    Words words = with_fakes({"talk.wav", "-o", output});
    words[2] = R"(fake:{"troubles": [{"fault": ")" + trouble + R"(", "at": 2}]})";
    return words;
  };
  write_sound(path("talk.wav"), {{1, false}, {12, true}, {2, false}});
  ProgramOptions how = options();
  how.environment["SUBTIDE_STATE"] = path("state").string();
  for (const int expected : {3, 3}) EXPECT_EQ(run(with("loop", "a"), how).exit_code, expected);
  const auto again = run(with("loop", "a"), how);
  EXPECT_THAT(again.err, HasSubstr("was done before"));
  EXPECT_THAT(again.err, HasSubstr("output loop"));
  how.environment["SUBTIDE_STATE"] = path("other-state").string();
  EXPECT_EQ(run(with("fail", "b"), how).exit_code, 3);
  const auto failed = run(with("fail", "b"), how);
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_THAT(failed.err, HasSubstr("wrote"));
}

TEST_F(FormerWorkOf, WordsAndTranslationsAreEvents) {
  const auto result = done({"talk.wav", "--translate", "es", "--json"});
  std::vector<std::string> types;
  for (const auto& event : json_lines(result.out)) types.push_back(event.at("type"));
  EXPECT_THAT(types, Contains("io.subtide.transcript.final.v1"));
  EXPECT_THAT(types, Contains("io.subtide.translation.final.v1"));
}

}  // namespace
}  // namespace subtide
