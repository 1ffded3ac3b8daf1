#include "engine/app/live_sidecars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/subtitles/sidecar.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

Cue cue(const std::string& language, int second, const std::string& text) {
  Cue made;
  made.id = std::to_string(second);
  made.language = language;
  made.span = {seconds(second), seconds(second + 1)};
  made.lines = {text};
  made.words = {{text, made.span}};
  return made;
}

Sidecar read(const fs::path& path, SidecarFormat format) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const auto sidecar = read_sidecar(format, text.str());
  EXPECT_TRUE(sidecar) << path << ": " << sidecar.error().message;
  return sidecar ? *sidecar : Sidecar{};
}

std::vector<std::string> reasons(const Sidecar& sidecar) {
  std::vector<std::string> found;
  for (const auto& gap : sidecar.footer.gaps) found.push_back(gap.reason);
  return found;
}

class LiveSidecarsTest : public testing::Test {
 protected:
  LiveSidecarOptions options() const { return {location(), "srt://host", "en", {"es"}}; }
  std::string location() const { return (folder_.path() / "master").string(); }
  TemporaryFolder folder_;
};

TEST_F(LiveSidecarsTest, EachLanguageGetsItsCuesInThreeFormats) {
  LiveSidecars sidecars(options());
  sidecars.add(cue("en", 1, "one"));
  sidecars.add(cue("es", 1, "uno"));
  sidecars.add(cue("en", 3, "three"));
  EXPECT_FALSE(fs::exists(location() + ".en.vtt")) << "before the end";
  const auto outcome = sidecars.finish();
  EXPECT_THAT(outcome.failures, IsEmpty());
  EXPECT_EQ(outcome.files.size(), 6U);
  for (const auto format : {SidecarFormat::kWebVtt, SidecarFormat::kSrt, SidecarFormat::kJson}) {
    const std::string ending = "." + std::string(to_string(format));
    const auto english = read(location() + ".en" + ending, format);
    ASSERT_EQ(english.cues.size(), 2U);
    EXPECT_EQ(english.cues[1].span, (TimeSpan{seconds(3), seconds(4)}));
    EXPECT_THAT(read(location() + ".es" + ending, format).cues[0].lines, ElementsAre("uno"));
  }
}

TEST_F(LiveSidecarsTest, WhatOnlyTheTranslationMissesIsNoGapOfTheSpeech) {
  LiveSidecars sidecars(options());
  sidecars.add(Gap{{seconds(1), seconds(2)}, "recognizer_failed"});
  sidecars.add(Gap{{seconds(5), seconds(6)}, "translator_failed"});
  sidecars.finish();
  EXPECT_THAT(reasons(read(location() + ".en.json", SidecarFormat::kJson)),
              ElementsAre("recognizer_failed"));
  EXPECT_THAT(reasons(read(location() + ".es.json", SidecarFormat::kJson)),
              ElementsAre("recognizer_failed", "translator_failed"));
}

TEST_F(LiveSidecarsTest, ALanguageThatIsFoundOutGetsItsFilesWithTheModels) {
  LiveSidecarOptions unknown = options();
  unknown.spoken = "";
  LiveSidecars sidecars(unknown);
  sidecars.add_model("recognizer", "whisper:base");
  sidecars.add(cue("it", 1, "uno"));
  sidecars.finish();
  const auto italian = read(location() + ".it.json", SidecarFormat::kJson);
  EXPECT_EQ(italian.header.models.at("recognizer"), "whisper:base");
}

TEST_F(LiveSidecarsTest, AFolderThatIsNotThereIsToldAndNothingElseSuffers) {
  LiveSidecarOptions lost = options();
  lost.location = (folder_.path() / "gone" / "master").string();
  LiveSidecars sidecars(lost);
  sidecars.add(cue("en", 1, "one"));
  sidecars.add(cue("en", 3, "three"));
  const auto outcome = sidecars.finish();
  EXPECT_THAT(outcome.files, IsEmpty());
  ASSERT_EQ(outcome.failures.size(), 2U) << "one for each language";
  EXPECT_THAT(outcome.failures[0].message, testing::HasSubstr("gone"));
}

TEST_F(LiveSidecarsTest, AProgrammeThatGoesOnHoldsTheCuesOfBothRuns) {
  LiveSidecarOptions with = options();
  with.origin = seconds(60);
  LiveSidecars sidecars(with);
  sidecars.take_over("es", {cue("", 4, "uno")});
  sidecars.take_over("en", {cue("", 4, "one"), cue("", 6, "two")});
  sidecars.add(cue("en", 1, "three"));
  sidecars.add(Gap{{seconds(3), seconds(5)}, "recognizer_failed"});
  EXPECT_THAT(sidecars.finish().failures, IsEmpty());
  const Sidecar english = read(location() + ".en.json", SidecarFormat::kJson);
  ASSERT_EQ(english.cues.size(), 3U);
  EXPECT_EQ(english.cues[1].span.begin, seconds(6));
  EXPECT_EQ(english.cues[2].span.begin, seconds(61));
  EXPECT_EQ(english.cues[2].words.at(0).span.begin, seconds(61));
  EXPECT_EQ(english.footer.gaps.at(0).span.begin, seconds(63));
  EXPECT_EQ(read(location() + ".es.vtt", SidecarFormat::kWebVtt).cues.size(), 1U);
}

TEST_F(LiveSidecarsTest, ALanguageThatHasToBeFoundOutTakesOverWithItsFirstCue) {
  LiveSidecarOptions unknown = options();
  unknown.spoken.clear();
  LiveSidecars sidecars(unknown);
  sidecars.take_over("", {cue("", 4, "one")});
  sidecars.add(cue("es", 5, "dos"));
  sidecars.add(cue("fr", 6, "deux"));
  EXPECT_THAT(sidecars.finish().failures, IsEmpty());
  EXPECT_EQ(read(location() + ".fr.vtt", SidecarFormat::kWebVtt).cues.size(), 2U);
  EXPECT_EQ(read(location() + ".es.vtt", SidecarFormat::kWebVtt).cues.size(), 1U);
}

}  // namespace
}  // namespace subtide
