#include "engine/work/store/transcript_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace subtide {
namespace {

Transcript make_transcript() {
  Transcript transcript;
  transcript.words = {{"Größe,", {MediaTime(-5), MediaTime(123'456'789'012'345)}, 0.93F},
                      {"\"x\"", {MediaTime(-5), MediaTime(-5)}, 0.0F},
                      {"\\", {MediaTime(7), MediaTime::max()}, 1.0F}};
  transcript.language = "zh-Hant-TW";
  transcript.is_final = false;
  transcript.is_punctuated = true;
  transcript.phrase_starts = {0, 2};
  transcript.model = "whisper:base.en";
  transcript.gaps = {{{MediaTime(7), MediaTime(9)}, "output_loop"}};
  return transcript;
}

void expect_equal(const Transcript& a, const Transcript& b) {
  EXPECT_EQ(a.words, b.words);
  EXPECT_EQ(a.language, b.language);
  EXPECT_EQ(a.is_final, b.is_final);
  EXPECT_EQ(a.is_punctuated, b.is_punctuated);
  EXPECT_EQ(a.phrase_starts, b.phrase_starts);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.gaps, b.gaps);
}

TEST(TranscriptJsonTest, ComesBackAsItWas) {
  expect_equal(transcript_from_json(to_json(make_transcript())).value(), make_transcript());
  expect_equal(transcript_from_json(to_json(Transcript{})).value(), Transcript{});
}

TEST(TranscriptJsonTest, IsOneLineInAFixedOrder) {
  Transcript transcript;
  transcript.words = {{"Hi", {MediaTime(1), MediaTime(2)}, 0.5F}};
  transcript.phrase_starts = {0};
  EXPECT_EQ(to_json(transcript),
            R"({"language":"","final":true,"punctuated":false,"words":[{"text":"Hi","begin":1,)"
            R"("end":2,"confidence":0.5}],"phrase_starts":[0],"model":"","gaps":[]})");
}

TEST(TranscriptJsonTest, EveryConfidenceComesBackToTheLastBit) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> confidence(0.0F, 1.0F);
  Transcript transcript;
  for (int i = 0; i < 2000; ++i) {
    transcript.words.push_back({"w", {MediaTime(i), MediaTime(i)}, confidence(random)});
  }
  transcript.words[0].confidence = std::numeric_limits<float>::denorm_min();
  transcript.words[1].confidence = std::nextafter(1.0F, 0.0F);
  EXPECT_EQ(transcript_from_json(to_json(transcript)).value().words, transcript.words);
}

TEST(TranscriptJsonTest, RefusesWhatIsNotATranscriptAndSaysWhy) {
  const std::string good =
      R"({"language":"en","final":true,"punctuated":true,"words":[{"text":"a","begin":1,"end":2,)"
      R"("confidence":1}],"phrase_starts":[0],"model":"","gaps":[]})";
  ASSERT_TRUE(transcript_from_json(good).has_value());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not JSON"},
      {good.substr(0, 60), "not JSON"},
      {good + "x", "not JSON"},
      {"[]", "document expected an object"},
      {"{}", "document a field is missing"},
      {with("{\"lang", "{\"more\":1,\"lang"), "document has an unknown field"},
      {with("\"en\"", "5"), "language expected a string"},
      {with("\"en\"", "\"<b>\""), "language is not a language tag"},
      {with("true", "1"), "final expected true or false"},
      {with("\"a\"", "\"\""), "words[0].text is empty"},
      {with("\"a\"", "\"a b\""), "words[0].text has white space"},
      {with("\"a\"", "\"a\\u0000\""), "words[0].text has a control character"},
      {with("\"a\"", "\"" + std::string(1001, 'a') + "\""), "longer than any word"},
      {with("\"a\"", "\"\xFF\""), "not JSON"},
      {with(":1,", ":1.5,"), "words[0].begin expected a whole number"},
      {with(":1,", ":9223372036854775808,"), "words[0].begin the number is too large"},
      {with(":1,", ":1e99,"), "words[0].begin expected a whole number"},
      {with(":1,", ":1e999,"), "a number is out of range"},
      {with(":1,", ":3,"), "words[0].end is before the begin"},
      {with("dence\":1", "dence\":1.01"), "expected a number from 0 to 1"},
      {with("dence\":1", "dence\":null"), "expected a number"},
      {with("[{", "[{\"text\":\"b\",\"begin\":2,\"end\":2,\"confidence\":0},{"),
       "words[1].begin is before"},
      {with("[0]", "[1]"), "phrase_starts[0] there is no such word"},
      {with("[0]", "[-1]"), "phrase_starts[0] expected a number from 0 up"},
      {with("[0]", "[0,0]"), "phrase_starts[1] is out of order"},
      {with("[0]", "{}"), "phrase_starts expected a list"},
      {with("\"model\":\"\"", "\"model\":null"), "model expected a string"},
      {with("[]", "5"), "gaps expected a list"},
      {with("[]", R"([{"begin":2,"end":1,"reason":"x"}])"), "gaps[0].end is before the begin"},
      {with("[]", R"([{"begin":2,"end":3}])"), "gaps[0] a field is missing"},
      {std::string(100'000, '['), "nested too deeply"},
      {std::string(5 << 20, ' '), "too large"},
  };
  for (const auto& [text, why] : cases) {
    const auto read = transcript_from_json(text);
    ASSERT_FALSE(read.has_value()) << text.substr(0, 200);
    EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
    EXPECT_NE(read.error().message.find(why), std::string::npos)
        << read.error().message << " should say " << why;
    EXPECT_LT(read.error().message.size(), 200U);
  }
}

TEST(TranscriptJsonTest, WrongBytesInAWordAreMarkedNotThrown) {
  Transcript transcript;
  transcript.words = {{"a\xFF", {}, 1.0F}};
  EXPECT_EQ(transcript_from_json(to_json(transcript)).value().words[0].text, "a\xEF\xBF\xBD");
}

TEST(TranslationJsonTest, ComesBackAsItWas) {
  const TranslatedSentences translation{"es", {"¿Qué?", "", "línea\nsegunda", "\"}"}};
  EXPECT_EQ(translation_from_json(to_json(translation)).value(), translation);
  EXPECT_EQ(translation_from_json(to_json(TranslatedSentences{})).value(), TranslatedSentences{});
}

TEST(TranslationJsonTest, RefusesWhatIsNotATranslation) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"language":"es"})", "a field is missing"},
           {R"({"language":"es","sentences":"x"})", "sentences expected a list"},
           {R"({"language":"es","sentences":["x",3]})", "sentences[1] expected a string"},
           {R"({"language":"es","sentences":["\u001b[2J"]})", "sentences[0] has a control"},
           {R"({"language":"e s","sentences":[]})", "is not a language tag"}}) {
    const auto read = translation_from_json(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_NE(read.error().message.find(why), std::string::npos) << read.error().message;
  }
}

TEST(PiecesJsonTest, ComeBackAsTheyWere) {
  const std::vector<WindowPiece> pieces = {{0, MediaTime(-3)}, {16'000, MediaTime(9'999'999'999)}};
  EXPECT_EQ(to_json(std::span(pieces)),
            R"([{"first_sample":0,"begin":-3},{"first_sample":16000,"begin":9999999999}])");
  EXPECT_EQ(pieces_from_json(to_json(std::span(pieces))).value(), pieces);
}

TEST(PiecesJsonTest, RefuseWrongNumbers) {
  EXPECT_EQ(pieces_from_json("{}").error().code, ErrorCode::kBadInput);
  const auto negative = pieces_from_json(R"([{"first_sample":-1,"begin":0}])");
  ASSERT_FALSE(negative.has_value());
  EXPECT_NE(negative.error().message.find("pieces[0].first_sample"), std::string::npos);
}

}  // namespace
}  // namespace subtide
