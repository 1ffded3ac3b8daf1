// The whole way with a real model: espeak-ng speaks sentences that the mini Whisper knows.
#include <fmt/format.h>

#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using testing::HasSubstr;

class MiniWhisper : public ProgramTest {
 protected:
  /// False when a tool is missing; the test then leaves.
  bool speak() const {
    if (!find_program("espeak-ng")) return false;
    const auto spoken =
        run_program({"espeak-ng", "-v", "en-us", "-s", "160", "-w", path("news.wav").string(),
                     "The president will sign the new budget tomorrow morning. The weather in the "
                     "north will be "
                     "cold and dry tonight. There are seven boats near the station yesterday."},
                    options());
    return spoken.succeeded();
  }

  ProgramResult subtitle_news(const Words& more) const {
    Words words = {"subtitle", "news.wav", "--recognizer", "whisper:mini.en", "--formats", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(MiniWhisper, WritesDownWhatWasSaidAndSaysHowLittleItKnows) {
  SUBTIDE_REQUIRE_PROGRAM("espeak-ng");
  ASSERT_TRUE(speak());
  const auto result = subtitle_news({});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto cues = sidecar("news.en.json").cues;
  EXPECT_THAT(all_text(cues), HasSubstr("The president will sign the new budget"));
  EXPECT_THAT(all_text(cues), HasSubstr("seven boats"));
  EXPECT_THAT(result.err, HasSubstr("120 words"));
  for (const auto& cue : cues) EXPECT_FALSE(cue.words.empty()) << cue.id;
}

TEST_F(MiniWhisper, GivesTheSameBytesTwiceAndOnOneAndFourLanes) {
  SUBTIDE_REQUIRE_PROGRAM("espeak-ng");
  ASSERT_TRUE(speak());
  const std::vector<std::pair<std::string, std::string>> runs = {
      {"first", "1"}, {"again", "1"}, {"four", "4"}};
  for (const auto& [folder, lanes] : runs) {
    const auto result = subtitle_news({"-o", folder, "--lanes", lanes});
    ASSERT_TRUE(result.succeeded()) << result.summary();
  }
  const std::string once = read("first/news.en.json");
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(read("again/news.en.json"), once);
  EXPECT_EQ(read("four/news.en.json"), once);
}

TEST_F(MiniWhisper, IsNeverTakenByAuto) {
  SUBTIDE_REQUIRE_PROGRAM("espeak-ng");
  ASSERT_TRUE(speak());
  const auto result = run({"subtitle", "news.wav", "--formats", "srt", "--language", "es"});
  EXPECT_EQ(result.exit_code, 1) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("subtide models pull base"));
}

}  // namespace
}  // namespace subtide
