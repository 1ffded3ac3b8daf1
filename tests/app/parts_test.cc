#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/input_list.h"
#include "engine/app/output_names.h"
#include "engine/app/preview_page.h"
#include "engine/app/time_option.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

InputList expand(const std::vector<std::string>& named, const std::string& list = "") {
  std::istringstream stream(list);
  return expand_inputs(named, stream);
}

std::vector<std::string> names(const InputList& inputs) {
  std::vector<std::string> all;
  for (const auto& item : inputs.items) all.push_back(fs::path(item.name).filename().string());
  return all;
}

TEST(TimeOption, ReadsSecondsAndClocks) {
  EXPECT_EQ(*parse_time("90"), seconds(90));
  EXPECT_EQ(*parse_time("1.5"), milliseconds(1500));
  EXPECT_EQ(*parse_time("1:30"), seconds(90));
  EXPECT_EQ(*parse_time("01:02:03.250"), milliseconds(3723250));
  EXPECT_EQ(*parse_time("-2.5"), milliseconds(-2500));
  EXPECT_EQ(*parse_time("+3"), seconds(3));
}

TEST(TimeOption, RefusesWhatIsNoTime) {
  for (const char* text : {"", "x", "1:", ":1", "1:60", "1:2:3:4", "1e5", "--1", "1.5:20", "nan",
                           "99999999999", "1.2.3", "."}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ExitCode, TellsApartAllDoneSomeDoneNoneDoneAndNothingReadable) {
  using enum Ending;
  EXPECT_EQ(exit_code_of({kDone, kDone}), ExitCode::kDone);
  EXPECT_EQ(exit_code_of({kDone, kDegraded}), ExitCode::kDegraded);
  EXPECT_EQ(exit_code_of({kDone, kFailed}), ExitCode::kDegraded);
  EXPECT_EQ(exit_code_of({kDone, kUnreadable}), ExitCode::kDegraded);
  EXPECT_EQ(exit_code_of({kFailed}), ExitCode::kFailed);
  EXPECT_EQ(exit_code_of({kFailed, kUnreadable}), ExitCode::kFailed);
  EXPECT_EQ(exit_code_of({kUnreadable, kUnreadable}), ExitCode::kNoInput);
  EXPECT_EQ(exit_code_of({kDone, kInterrupted}), ExitCode::kInterrupted);
}

TEST(InputList, FindsMediaInFoldersInOrderAndKeepsWhereTheyWere) {
  const TemporaryFolder folder;
  touch(folder / "b.mp4");
  touch(folder / "sub/a.mkv");
  touch(folder / "a.en.srt");
  touch(folder / "notes.txt");
  touch(folder / ".hidden.mp4");
  const auto inputs = expand({folder.path().string()});
  EXPECT_THAT(names(inputs), ElementsAre("b.mp4", "a.mkv"));
  EXPECT_EQ(inputs.items[1].below, "sub");
  EXPECT_TRUE(inputs.misses.empty());
}

TEST(InputList, ExpandsGlobsThatTheShellDidNot) {
  const TemporaryFolder folder;
  touch(folder / "b.mp4");
  touch(folder / "a.mp4");
  EXPECT_THAT(names(expand({(folder / "*.mp4").string()})), ElementsAre("a.mp4", "b.mp4"));
}

TEST(InputList, TakesAFileOfThatNameBeforeAGlob) {
  const TemporaryFolder folder;
  touch(folder / "[1].mp4");
  touch(folder / "1.mp4");
  EXPECT_THAT(names(expand({(folder / "[1].mp4").string()})), ElementsAre("[1].mp4"));
}

TEST(InputList, CountsAFileThatIsNamedTwiceOnce) {
  const TemporaryFolder folder;
  touch(folder / "a.mp4");
  const std::string name = (folder / "a.mp4").string();
  EXPECT_THAT(names(expand({name, name, folder.path().string()})), ElementsAre("a.mp4"));
}

TEST(InputList, ReadsAListWithAnyLineEnds) {
  const TemporaryFolder folder;
  touch(folder / "a.mp4");
  touch(folder / "b c.mp4");
  const auto inputs =
      expand({"-"}, (folder / "a.mp4").string() + "\r\n\n" + (folder / "b c.mp4").string());
  EXPECT_THAT(names(inputs), ElementsAre("a.mp4", "b c.mp4"));
}

TEST(InputList, NamesEachThingThatGivesNothing) {
  const TemporaryFolder folder;
  const auto inputs = expand(
      {(folder / "none.mp4").string(), (folder / "*.mkv").string(), folder.path().string(), "-"});
  EXPECT_TRUE(inputs.items.empty());
  ASSERT_EQ(inputs.misses.size(), 4U);
  EXPECT_THAT(inputs.misses[0].error.message, HasSubstr("no such file"));
  EXPECT_THAT(inputs.misses[1].error.message, HasSubstr("no file matches"));
  EXPECT_THAT(inputs.misses[2].error.message, HasSubstr("no media files"));
  EXPECT_THAT(inputs.misses[3].error.message, HasSubstr("empty"));
}

TEST(InputList, KeepsSecretsOfUrlsOutOfNames) {
  const auto inputs = expand({"https://user:secret@example.org/talk.mp4?token=hidden"});
  ASSERT_EQ(inputs.items.size(), 1U);
  EXPECT_EQ(inputs.items[0].kind, InputKind::kUrl);
  EXPECT_THAT(inputs.items[0].name, Not(HasSubstr("secret")));
  EXPECT_THAT(inputs.items[0].name, Not(HasSubstr("hidden")));
}

InputItem file(const std::string& path, const std::string& below = "") {
  const auto kind = sidecar_format_of(path) ? InputKind::kSubtitles : InputKind::kMedia;
  return {kind, path, path, {}, below};
}

std::vector<std::string> stems(const std::vector<InputItem>& items) {
  std::vector<std::string> all;
  for (const auto& each : name_outputs(items, std::nullopt)) all.push_back(each.stem);
  return all;
}

TEST(OutputNames, StandBesideTheInputOrBelowTheOutputFolder) {
  EXPECT_EQ(name_outputs({file("in/talk.mp4")}, std::nullopt)[0].sidecar("en", "srt"),
            "in/talk.en.srt");
  EXPECT_EQ(name_outputs({file("in/sub/talk.mp4", "sub")}, "out")[0].preview(),
            "out/sub/talk.preview.html");
}

TEST(OutputNames, KeepTheExtensionWhereOnlyItDiffers) {
  EXPECT_THAT(stems({file("a.mp4"), file("a.mkv"), file("b.mp4")}),
              ElementsAre("a.mp4", "a.mkv", "b"));
}

TEST(OutputNames, TakeTheLanguageOfASubtitleFileFromItsName) {
  const auto all = name_outputs({file("talk.es.srt"), file("talk.v2.srt")}, std::nullopt);
  EXPECT_EQ(all[0].stem, "talk");
  EXPECT_EQ(all[0].language_in_name, "es");
  EXPECT_EQ(all[1].stem, "talk.v2");
  EXPECT_EQ(all[1].language_in_name, "");
}

TEST(OutputNames, LanguagesOfOneProgrammeShareTheirStem) {
  const auto all = name_outputs({file("talk.en.srt"), file("talk.es.srt")}, std::nullopt);
  EXPECT_EQ(all[0].sidecar("en", "vtt"), "talk.en.vtt");
  EXPECT_EQ(all[1].sidecar("es", "vtt"), "talk.es.vtt");
  EXPECT_FALSE(all[1].conflict);
}

TEST(OutputNames, SecondInputOfTheSameNamesIsAConflict) {
  const auto all = name_outputs({file("x/a.mp4"), file("y/a.mp4")}, "out");
  EXPECT_FALSE(all[0].conflict);
  ASSERT_TRUE(all[1].conflict);
  EXPECT_THAT(all[1].conflict->message, HasSubstr("x/a.mp4"));
}

TEST(OutputNames, OfUrlsNeverLeaveTheFolder) {
  const auto stem_of = [](const std::string& url) {
    return name_outputs({{InputKind::kUrl, url, {}, url, {}}}, "out")[0].stem;
  };
  EXPECT_EQ(stem_of("http://example.org/a/My%20talk.mp4?x=1"), "My talk");
  EXPECT_EQ(stem_of("http://example.org/a/..%2F..%2Fevil.mp4"), "evil");
  EXPECT_EQ(stem_of("http://example.org/"), "example");
}

TEST(LanguageTag, IsOneOfIso639) {
  for (const char* tag : {"en", "es", "pt-BR", "zh-Hans", "und"}) {
    EXPECT_TRUE(is_known_language(tag)) << tag;
  }
  for (const char* tag : {"", "hd", "english", "e", "en-", "en-%%", "EN", "../x"}) {
    EXPECT_FALSE(is_known_language(tag)) << tag;
  }
}

TEST(Progress, ShowsTimeSpeedAndWhatIsLeftInTheGivenWidth) {
  const ProgressState state{"talk.mp4", seconds(30), seconds(60), std::chrono::duration<double>(3)};
  const std::string line = format_progress(state, 80);
  EXPECT_THAT(line, HasSubstr("00:00:30 / 00:01:00"));
  EXPECT_THAT(line, HasSubstr("10.0 x"));
  EXPECT_THAT(line, HasSubstr("0:03 left"));
  EXPECT_THAT(line, HasSubstr("[##########----------]"));
  EXPECT_LE(line.size(), 80U);
  EXPECT_THAT(format_progress(state, 50), Not(HasSubstr("[")));
}

TEST(Progress, KnowsNoEndWithoutATotal) {
  const ProgressState state{"talk.ts", seconds(30), std::nullopt, std::chrono::duration<double>(3)};
  EXPECT_FALSE(state.time_left());
  EXPECT_THAT(format_progress(state, 80), Not(HasSubstr("left")));
}

TEST(Printable, MakesControlCharactersVisible) {
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(printable("señal"), "señal");
}

PreviewPage page_with(const std::string& text) {
  PreviewPage page;
  page.title = text;
  page.media_name = text;
  page.media_source = "./talk.mp4";
  page.languages = {{"en", {{"1", {seconds(1), seconds(2)}, {text}, "en", {}, {}}}}};
  return page;
}

TEST(PreviewPage, NoTextCanEndTheScriptOrBeginMarkup) {
  const std::string evil = "</script><script>alert(1)</script><!-- @DATA@ @TITLE@";
  const std::string html = render_preview(page_with(evil));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<!--")));
  const std::string harmless = render_preview(page_with("harmless"));
  const auto count = [](const std::string& text, const std::string& part) {
    int found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count(html, "<script"), count(harmless, "<script"));
  EXPECT_EQ(count(html, "</script"), count(harmless, "</script"));
}

TEST(RelativeUrl, EncodesWhatAUrlCannotHold) {
  EXPECT_EQ(relative_url("/a/my talk #1 100%.mp4", "/a"), "./my%20talk%20%231%20100%25.mp4");
  EXPECT_EQ(relative_url("/a/talk.mp4", "/a/out"), "./../talk.mp4");
  EXPECT_EQ(relative_url("/a/x:y.mp4", "/a"), "./x%3Ay.mp4");
}

}  // namespace
}  // namespace subtide
