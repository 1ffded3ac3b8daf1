#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/subtitles/sidecar_reading_check.h"
#include "tests/engine/subtitles/sidecar_samples.h"

namespace subtide {
namespace {

using testing::HasSubstr;

std::string refused(std::string_view bytes) { return refusal(SidecarFormat::kJson, bytes); }

std::string with_cues(std::string_view cues) {
  return "{\"version\": 1, \"media\": {\"name\": \"a.mp4\", \"duration\": null}, \"language\": "
         "\"en\", "
         "\"models\": {}, \"cues\": [" +
         std::string(cues) + "], \"gaps\": []}";
}

std::string with_cue(std::string_view name, std::string_view value) {
  std::string cue =
      "{\"id\": \"1\", \"start\": 1.0, \"end\": 2.0, \"lines\": [\"a\"], \"speaker\": null, "
      "\"words\": []}";
  const std::string key = "\"" + std::string(name) + "\": ";
  const std::size_t begin = cue.find(key) + key.size();
  const std::size_t end = name == "words" ? cue.size() - 1 : cue.find(", \"", begin);
  return with_cues(cue.replace(begin, end - begin, value));
}

TEST(JsonSidecar, KeepsEverythingItWrites) {
  const auto sidecar = read_sidecar(
      SidecarFormat::kJson,
      write_sidecar(SidecarFormat::kJson, sample_header(), sample_cues(), sample_footer()));
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  EXPECT_EQ(sidecar->cues, sample_cues());
  EXPECT_EQ(sidecar->footer.gaps, sample_footer().gaps);
  EXPECT_EQ(sidecar->footer.media_duration, sample_footer().media_duration);
}

TEST(JsonSidecar, NamesModelsThatCameAfterItsHeader) {
  SidecarHeader header;
  header.models = {{"recognizer", "fake@1"}, {"vad", "energy"}};
  const auto writer = make_cue_writer(SidecarFormat::kJson, header);
  SidecarFooter footer;
  footer.models = {{"recognizer", "fake@1, fake@2"}};
  const std::string text = writer->begin() + writer->end(footer);
  const auto read = read_sidecar(SidecarFormat::kJson, text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->header.models.at("recognizer"), "fake@1, fake@2");
  EXPECT_EQ(read->header.models.at("vad"), "energy");
}

TEST(JsonSidecar, ReadsTheExampleOfTheFormat) {
  const auto sidecar = read_sidecar(SidecarFormat::kJson, R"({"version": 1,
    "media": {"name": "talk.mp4", "duration": 63.2}, "language": "en",
    "models": {"recognizer": "whisper:base.en", "vad": "silero"},
    "cues": [{"id": "1", "start": 1.24, "end": 3.9,
      "lines": ["The president will sign", "the new budget tomorrow."], "speaker": null,
      "words": [{"text": "The", "start": 1.24, "end": 1.36, "confidence": 0.93}]}],
    "gaps": [{"start": 12.0, "end": 31.0, "reason": "recognizer_failed"}]})");
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  EXPECT_EQ(sidecar->cues.at(0).words.at(0).span.end, std::chrono::milliseconds(1360));
  EXPECT_EQ(sidecar->footer.media_duration, std::chrono::milliseconds(63'200));
}

TEST(JsonSidecar, RefusesBrokenJsonAndNamesTheLine) {
  EXPECT_EQ(refused(""), "line 1: not valid JSON");
  EXPECT_EQ(refused("{\"version\": 1,\n \"cues\": oops}"), "line 2: not valid JSON");
  EXPECT_EQ(refused("{} {}"), "line 1: not valid JSON");
}

TEST(JsonSidecar, RefusesDeepNesting) {
  EXPECT_EQ(refused("\n" + std::string(1'000'000, '[')), "line 2: nests more than 8 deep");
  EXPECT_EQ(refused(with_cue("id", "\"[[[[[[[[[[[[[[[[[[[[\"")), "");
}

TEST(JsonSidecar, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refused("[]"), "field 'document': expected an object");
  EXPECT_EQ(refused("{}"), "field 'version': missing");
  EXPECT_EQ(refused("{\"version\": 2}"), "field 'version': expected 1");
  EXPECT_EQ(refused("{\"version\": 1, \"extra\": 1}"), "field 'extra': unknown field");
  EXPECT_EQ(refused(with_cue("id", "1")), "field 'cues[0].id': expected a string");
  EXPECT_EQ(refused(with_cue("start", "\"1\"")), "field 'cues[0].start': expected a number");
  EXPECT_THAT(refused(with_cue("start", "-1")),
              HasSubstr("'cues[0].start': expected a number from 0"));
  EXPECT_THAT(refused(with_cue("end", "1e300")),
              HasSubstr("'cues[0].end': expected a number from 0"));
  EXPECT_THAT(refused(with_cue("end", "1e999")), HasSubstr("not valid JSON"));
  EXPECT_THAT(refused(with_cue("end", "0.5")),
              HasSubstr("'cues[0]': the cue must end after it begins"));
  EXPECT_EQ(refused(with_cue("lines", "\"a\"")), "field 'cues[0].lines': expected a list");
  EXPECT_EQ(refused(with_cue("words", "[{}]")), "field 'cues[0].words[0].text': missing");
  EXPECT_THAT(refused(with_cue("words",
                               "[{\"text\": \"a\", \"start\": 1, \"end\": 2, \"confidence\": 2}]")),
              HasSubstr("'cues[0].words[0].confidence': expected a number from 0 to 1"));
}

TEST(JsonSidecar, RefusesCuesThatRunBackwards) {
  const std::string cue =
      "{\"id\": \"1\", \"start\": 5, \"end\": 6, \"lines\": [\"a\"], \"speaker\": null, \"words\": "
      "[]}";
  std::string earlier = cue;
  earlier.replace(earlier.find("5, "), 1, "4");
  EXPECT_THAT(refused(with_cues(cue + "," + earlier)), HasSubstr("'cues[1]': the cue begins at"));
}

TEST(JsonSidecar, LeavesOutWordsWithoutText) {
  std::vector<Cue> cues = sample_cues();
  cues[0].words[0].text = "\u202E";
  const auto sidecar =
      read_sidecar(SidecarFormat::kJson, write_sidecar(SidecarFormat::kJson, {}, cues, {}));
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  ASSERT_EQ(sidecar->cues[0].words.size(), 1U);
  EXPECT_EQ(sidecar->cues[0].words[0].text, "president");
}

TEST(JsonSidecar, WritesAConfidenceThatIsNoShareAsOne) {
  std::vector<Cue> cues = sample_cues();
  cues[0].words[0].confidence = 7.0F;
  cues[0].words[1].confidence = std::numeric_limits<float>::quiet_NaN();
  const auto sidecar =
      read_sidecar(SidecarFormat::kJson, write_sidecar(SidecarFormat::kJson, {}, cues, {}));
  ASSERT_TRUE(sidecar);
  EXPECT_EQ(sidecar->cues[0].words[0].confidence, 1.0F);
  EXPECT_EQ(sidecar->cues[0].words[1].confidence, 0.0F);
}

}  // namespace
}  // namespace subtide
