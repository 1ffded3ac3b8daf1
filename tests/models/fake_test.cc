#include "models/fake/fake.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::shared_ptr<const AudioWindow> window(MediaTime begin, MediaTime end) {
  const auto count = static_cast<std::size_t>(duration_to_samples(end - begin));
  return AudioWindow::create(std::vector<std::int16_t>(count, 3000), {{0, begin}}).value();
}

Result<Transcript> recognize(std::string_view spec, const AudioWindow& heard) {
  const auto recognizer = make_fake_recognizer(spec, {});
  if (!recognizer) return recognizer.error();
  return (*recognizer)->recognize(heard, {});
}

Result<std::vector<std::string>> translate(std::string_view spec,
                                           const std::vector<std::string>& sentences) {
  const auto translator = make_fake_translator(spec, {});
  if (!translator) return translator.error();
  TranslationRequest request;
  request.target_language = "es";
  return (*translator)->translate(sentences, request);
}

TEST(FakeRecognizer, NamesTheHalfSecondsOfMediaTime) {
  const auto heard = recognize("", *window(milliseconds(11'900), milliseconds(13'200)));
  ASSERT_TRUE(heard);
  EXPECT_EQ(to_text(heard->words), "s12 s12h s13");
  EXPECT_EQ(heard->words[0].span, (TimeSpan{seconds(12), milliseconds(12'400)}));
  EXPECT_EQ(heard->words[2].span, (TimeSpan{seconds(13), milliseconds(13'200)}));
}

TEST(FakeRecognizer, GivesEachWordToOneOfTwoWindowsThatTouch) {
  EXPECT_EQ(to_text(recognize("", *window(seconds(1), seconds(2)))->words), "s1 s1h");
  EXPECT_EQ(to_text(recognize("", *window(seconds(2), seconds(3)))->words), "s2 s2h");
}

TEST(FakeRecognizer, LeavesOutWhatAPackedWindowLeavesOut) {
  std::vector<std::int16_t> samples(32'000, 3000);
  const auto packed = AudioWindow::create(samples, {{0, seconds(1)}, {16'000, seconds(8)}}).value();
  EXPECT_EQ(to_text(recognize("", *packed)->words), "s1 s1h s8 s8h");
}

TEST(FakeRecognizer, SaysPlainWordsOverAndOver) {
  EXPECT_EQ(to_text(recognize("hello big world", *window(seconds(0), seconds(2)))->words),
            "hello big world hello");
}

TEST(FakeRecognizer, SaysExactlyWhatTheScriptSays) {
  const char* script = R"({"language": "de", "punctuated": true, "max_window": 12,
      "words": [{"text": "Guten", "begin": 1.25, "end": 1.5},
                {"text": "Tag.", "begin": 1.5, "end": 1.75, "confidence": 0.5},
                {"text": "Ende.", "begin": 9, "end": 9.5}]})";
  const auto heard = recognize(script, *window(seconds(1), seconds(5)));
  ASSERT_TRUE(heard);
  const std::vector<Word> expected{{"Guten", {milliseconds(1250), milliseconds(1500)}, 1.0F},
                                   {"Tag.", {milliseconds(1500), milliseconds(1750)}, 0.5F}};
  EXPECT_EQ(heard->words, expected);
  EXPECT_EQ(heard->language, "de");
  EXPECT_TRUE(heard->is_punctuated);
  EXPECT_EQ((*make_fake_recognizer(script, {}))->traits().max_window, seconds(12));
}

TEST(FakeRecognizer, ReadsItsScriptFromAFile) {
  const TemporaryFolder folder;
  const auto path = folder / "script.json";
  std::ofstream(path) << R"({"refrain": ["tick"]})";
  EXPECT_EQ(to_text(recognize(path.string(), *window(seconds(0), seconds(1)))->words), "tick tick");
  EXPECT_EQ(
      recognize((folder / "none.json").string(), *window(seconds(0), seconds(1))).error().code,
      ErrorCode::kNotFound);
}

TEST(FakeRecognizer, FailsWhereTheScriptSaysAndNowhereElse) {
  const char* script = R"({"troubles": [{"fault": "fail", "code": "deadline", "at": 5.5}]})";
  EXPECT_EQ(recognize(script, *window(seconds(5), seconds(6))).error().code, ErrorCode::kDeadline);
  EXPECT_TRUE(recognize(script, *window(seconds(6), seconds(7))));
  EXPECT_FALSE(recognize(R"({"troubles": [{"fault": "fail"}]})", *window(seconds(1), seconds(2))));
}

TEST(FakeRecognizer, GivesGarbage) {
  const auto ten_seconds = window(seconds(0), seconds(10));
  const auto spoiled = [&](const char* fault) {
    return recognize(fmt::format(R"({{"troubles": [{{"fault": "{}"}}]}})", fault), *ten_seconds)
        .value();
  };
  EXPECT_TRUE(spoiled("empty").words.empty());
  EXPECT_EQ(spoiled("loop").words.size(), 25U);
  EXPECT_EQ(spoiled("huge").words.at(0).text.size(), 10'000'000U);
  EXPECT_GT(spoiled("outside").words.at(0).span.begin, seconds(10));
  EXPECT_EQ(spoiled("language").language, "xx");
  EXPECT_EQ(spoiled("bytes").words.at(0).text, "s0\xFF\xC0");
}

TEST(FakeRecognizer, ATroubleMaySpareASecondAttemptAndEndsWithItsFile) {
  const auto heard = window(seconds(0), seconds(2));
  const auto once =
      make_fake_recognizer(R"({"troubles": [{"fault": "empty", "attempts": 1}]})", {}).value();
  RecognitionRequest request;
  EXPECT_TRUE(once->recognize(*heard, request)->words.empty());
  request.attempt = 1;
  EXPECT_EQ(once->recognize(*heard, request)->words.size(), 4U);

  const TemporaryFolder folder;
  const auto mark = folder / "outage";
  const auto ill = make_fake_recognizer(
                       fmt::format(R"({{"troubles": [{{"fault": "fail", "while_exists": "{}"}}]}})",
                                   mark.string()),
                       {})
                       .value();
  EXPECT_TRUE(ill->recognize(*heard, {}));
  std::ofstream(mark) << "now";
  EXPECT_FALSE(ill->recognize(*heard, {}));
  std::filesystem::remove(mark);
  EXPECT_TRUE(ill->recognize(*heard, {}));
}

TEST(FakeRecognizer, MakesProgressWhileItWaits) {
  std::atomic<std::uint64_t> progress = 0;
  RecognitionRequest request;
  request.progress = &progress;
  const auto recognizer = make_fake_recognizer(R"({"delay": 0.02})", {}).value();
  ASSERT_TRUE(recognizer->recognize(*window(seconds(1), seconds(2)), request));
  EXPECT_GT(progress, 0U);
}

TEST(FakeTranslator, MakesProgressWhileItWaits) {
  std::atomic<std::uint64_t> progress = 0;
  TranslationRequest request;
  request.progress = &progress;
  const auto translator = make_fake_translator(R"({"delay": 0.02})", {}).value();
  ASSERT_TRUE(translator->translate(std::vector<std::string>{"Hello."}, request));
  EXPECT_GT(progress, 0U);
}

TEST(FakeRecognizer, CallsItselfByItsName) {
  EXPECT_EQ(make_fake_recognizer(R"({"name": "b"})", {}).value()->traits().spec, "fake:b");
}

TEST(FakeRecognizer, CrashesOnDemand) {
  EXPECT_DEATH(
      (void)recognize(R"({"troubles": [{"fault": "crash"}]})", *window(seconds(0), seconds(1))),
      "");
}

TEST(FakeRecognizer, GivesUpItsDelayWhenAskedToStop) {
  const auto recognizer = make_fake_recognizer(R"({"delay": 3600})", {}).value();
  std::stop_source stop;
  stop.request_stop();
  RecognitionRequest request;
  request.stop = stop.get_token();
  EXPECT_EQ(recognizer->recognize(*window(seconds(0), seconds(1)), request).error().code,
            ErrorCode::kUnavailable);
}

TEST(FakeRecognizer, MayTakeTimeByTheLengthOfItsWindow) {
  const auto recognizer =
      make_fake_recognizer(R"({"troubles": [{"fault": "slow", "pace": 0.03}]})", {}).value();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(recognizer->recognize(*window(seconds(0), seconds(4)), {}));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(110));
}

TEST(FakeRecognizer, RefusesAScriptItDoesNotUnderstand) {
  const auto code = [](const char* spec) { return make_fake_recognizer(spec, {}).error().code; };
  EXPECT_EQ(code("{"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(R"({"word": []})"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(R"({"words": [{"text": "a"}]})"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(R"({"troubles": [{"fault": "melt"}]})"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(R"({"troubles": [{"fault": "fail", "code": "x"}]})"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(R"({"speech": [[1]]})"), ErrorCode::kInvalidArgument);
}

using Texts = std::vector<std::string>;

TEST(FakeTranslator, TagsOrCapitalisesOrSaysWhatTheScriptSays) {
  EXPECT_EQ(translate("", {"Hello.", "Bye."}).value(), (Texts{"[es] Hello.", "[es] Bye."}));
  EXPECT_EQ(translate("upper", {"Señor b"}).value(), (Texts{"SEñOR B"}));
  EXPECT_EQ(translate(R"({"sentences": {"Hello.": "Hola."}})", {"Hello.", "Bye."}).value(),
            (Texts{"Hola.", "[es] Bye."}));
}

TEST(FakeTranslator, FailsAndGivesGarbageAtTheSentencesTheScriptNames) {
  const char* script = R"({"troubles": [{"fault": "fail", "text": "bad"}]})";
  EXPECT_EQ(translate(script, {"a bad one"}).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(translate(script, {"a good one"}));
  EXPECT_EQ(translate(R"({"troubles": [{"fault": "count"}]})", {"a", "b"})->size(), 1U);
  EXPECT_EQ(translate(R"({"troubles": [{"fault": "empty"}]})", {"a"}).value(), (Texts{""}));
  EXPECT_EQ(translate(R"({"troubles": [{"fault": "bytes"}]})", {"a"}).value(),
            (Texts{"[es] a\xFF\xC0"}));
  EXPECT_GT(translate(R"({"troubles": [{"fault": "loop"}]})", {"a"})->at(0).size(), 400U);
  EXPECT_EQ(translate(R"({"troubles": [{"fault": "huge"}]})", {"a"})->at(0).size(), 10'000'000U);
}

TEST(FakeDetector, HearsLoudWindowsOrWhatTheScriptSays) {
  std::vector<std::int16_t> samples(3 * kDetectorWindow, 0);
  samples[kDetectorWindow + 5] = 2000;
  auto loud = make_fake_detector("").value()->open_stream().value();
  EXPECT_EQ(loud->push(samples).value(), (std::vector<float>{0.02F, 0.95F, 0.02F}));
  auto scripted = make_fake_detector(R"({"speech": [[0.06, 0.1]]})").value()->open_stream().value();
  EXPECT_EQ(scripted->push(samples).value(), (std::vector<float>{0.02F, 0.02F, 0.95F}));
}

TEST(FakeDetector, FailsWhereTheScriptSays) {
  auto stream = make_fake_detector(R"({"troubles": [{"fault": "fail", "at": 0.05}]})")
                    .value()
                    ->open_stream()
                    .value();
  EXPECT_TRUE(stream->push(std::vector<std::int16_t>(kDetectorWindow)));
  EXPECT_FALSE(stream->push(std::vector<std::int16_t>(kDetectorWindow)));
}

}  // namespace
}  // namespace subtide
