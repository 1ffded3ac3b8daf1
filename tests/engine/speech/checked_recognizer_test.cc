#include "engine/speech/checked_recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "engine/speech/language_tag.h"
#include "engine/speech/plain_word.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Answers by the number of the attempt, and counts.
class Scripted final : public Recognizer {
 public:
  using Answer = std::function<Result<Transcript>(int attempt)>;
  explicit Scripted(Answer answer) : answer_(std::move(answer)) {}
  const ModelTraits& traits() const override { return traits_; }
  Result<Transcript> recognize(const AudioWindow&, const RecognitionRequest& request) override {
    ++calls;
    return answer_(request.attempt);
  }
  int calls = 0;

 private:
  ModelTraits traits_;
  Answer answer_;
};

Transcript said(const std::vector<std::string>& words) {
  Transcript transcript;
  transcript.language = "en";
  MediaTime at{0};
  for (const auto& word : words) {
    transcript.words.push_back({word, {at, at + milliseconds(200)}, 1.0F});
    at += milliseconds(200);
  }
  return transcript;
}

const std::vector<std::string> kLoop = {"a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"};
const std::vector<std::string> kShortLoop = {"x", "a", "b", "c", "a", "b", "c", "a", "b", "c"};

struct Asked {
  Result<Transcript> answer;
  int calls = 0;
};

Asked ask(Scripted::Answer answer, const std::string& language = "en", std::int16_t peak = 3000) {
  const auto model = std::make_shared<Scripted>(std::move(answer));
  const auto window = AudioWindow::create(std::vector<std::int16_t>(5 * 16'000, peak), {{0, {}}});
  RecognitionRequest request;
  request.language = language;
  auto result = make_checked_recognizer(model)->recognize(**window, request);
  return {std::move(result), model->calls};
}

TEST(CheckedRecognizer, AGoodAnswerIsNotAskedForTwice) {
  const auto asked = ask([](int) { return said({"good", "morning"}); });
  EXPECT_EQ(to_text(asked.answer->words), "good morning");
  EXPECT_THAT(asked.answer->gaps, IsEmpty());
  EXPECT_EQ(asked.calls, 1);
}

TEST(CheckedRecognizer, GarbageIsAskedForOnceMore) {
  const auto asked = ask([](int attempt) { return attempt == 0 ? said(kLoop) : said({"well"}); });
  EXPECT_EQ(to_text(asked.answer->words), "well");
  EXPECT_THAT(asked.answer->gaps, IsEmpty());
  EXPECT_EQ(asked.calls, 2);
}

TEST(CheckedRecognizer, TwiceGarbageIsAGapAndTheOneThatLostLessCounts) {
  const auto first = ask([](int attempt) { return said(attempt == 0 ? kShortLoop : kLoop); });
  EXPECT_EQ(to_text(first.answer->words), "x a b c");
  ASSERT_EQ(first.answer->gaps.size(), 1U);
  EXPECT_EQ(first.answer->gaps[0].reason, "output_loop");
  const auto second = ask([](int attempt) { return said(attempt == 0 ? kLoop : kShortLoop); });
  EXPECT_EQ(to_text(second.answer->words), "x a b c");
  EXPECT_EQ(second.calls, 2);
}

TEST(CheckedRecognizer, EachKindOfGarbageHasItsReason) {
  const auto reason_of = [](const Scripted::Answer& answer) {
    const auto asked = ask(answer);
    EXPECT_EQ(asked.calls, 2);
    return asked.answer->gaps.empty() ? "" : asked.answer->gaps.front().reason;
  };
  EXPECT_EQ(reason_of([](int) { return said({std::string(10'000'000, 'a')}); }),
            "output_too_dense");
  EXPECT_EQ(reason_of([](int) { return said({"\xFF"}); }), "output_not_text");
  EXPECT_EQ(reason_of([](int) { return said({}); }), "output_empty");
  EXPECT_EQ(reason_of([](int) {
              Transcript german = said({"guten", "Tag"});
              german.language = "de";
              return german;
            }),
            "output_wrong_language");
}

TEST(CheckedRecognizer, WordsOverSilenceAreTakenOutWithoutAnotherTryUnlessNothingIsLeft) {
  const auto asked = ask([](int) { return said({"hush"}); }, "en", 0);
  EXPECT_THAT(asked.answer->gaps,
              ElementsAre(Gap{{MediaTime(0), milliseconds(200)}, "output_over_silence"}));
  EXPECT_EQ(asked.calls, 2);
}

TEST(CheckedRecognizer, AModelWithOneWayOnlyKeepsItsFirstAnswer) {
  const auto asked = ask([](int attempt) -> Result<Transcript> {
    if (attempt > 0) return make_error(ErrorCode::kUnsupported, "the same once more");
    return said(kShortLoop);
  });
  EXPECT_EQ(to_text(asked.answer->words), "x a b c");
}

TEST(CheckedRecognizer, WhatIsKeptDoesNotDependOnTheMoment) {
  const auto asked = ask([](int attempt) -> Result<Transcript> {
    if (attempt > 0) return make_error(ErrorCode::kUnavailable, "just now");
    return said(kShortLoop);
  });
  EXPECT_EQ(asked.answer.error().code, ErrorCode::kUnavailable);
}

TEST(CheckedRecognizer, TimesConfidencesAndLanguagesAreTidied) {
  const auto asked = ask(
      [](int) {
        Transcript odd = said({"well", "now"});
        odd.words[0].span = {seconds(-5), seconds(900)};
        odd.words[0].confidence = std::numeric_limits<float>::quiet_NaN();
        odd.words[1].confidence = 7.0F;
        odd.language = "<b>";
        return odd;
      },
      "auto");
  EXPECT_EQ(asked.answer->words[0].span, (TimeSpan{seconds(0), seconds(5)}));
  EXPECT_EQ(asked.answer->words[0].confidence, 0.0F);
  EXPECT_EQ(asked.answer->words[1].confidence, 1.0F);
  EXPECT_EQ(asked.answer->language, "");
}

TEST(PlainWord, IsValidUtf8WithoutSpacesAndControls) {
  for (const char* good : {"a", "Größe,", "\xF0\x9F\x98\x80", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_plain_word(good)) << good;
  }
  for (const char* bad : {"", "a b", "a\n", "\x7F", "\xFF", "\xC0\x80", "\xE0\x80\x80",
                          "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82", "\x80"}) {
    EXPECT_FALSE(is_plain_word(bad)) << bad;
  }
}

TEST(LanguageTag, IsLettersDigitsAndHyphens) {
  EXPECT_TRUE(has_tag_form("zh-Hant-TW"));
  EXPECT_FALSE(has_tag_form(""));
  EXPECT_FALSE(has_tag_form("e n"));
  EXPECT_FALSE(has_tag_form(std::string(36, 'a')));
}

TEST(LanguageTag, RegionsDoNotCountAndOldCodesAreTheSame) {
  EXPECT_TRUE(is_same_language("en-GB", "EN"));
  EXPECT_TRUE(is_same_language("he", "iw"));
  EXPECT_TRUE(is_same_language("nb", "nn"));
  EXPECT_TRUE(is_same_language("auto", "de"));
  EXPECT_TRUE(is_same_language("de", ""));
  EXPECT_FALSE(is_same_language("de", "nl"));
}

TEST(CheckedRecognizer, APartialWindowIsAskedOnce) {
  const auto model = std::make_shared<Scripted>([](int) { return said(kLoop); });
  const auto window = AudioWindow::create(std::vector<std::int16_t>(5 * 16'000, 3000), {{0, {}}});
  RecognitionRequest request;
  request.is_partial = true;
  const auto answer = make_checked_recognizer(model)->recognize(**window, request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(to_text(answer->words), "a b c");
  EXPECT_EQ(model->calls, 1);
}

TEST(RecognitionRequest, IsThoroughUnlessItAsksForLess) {
  RecognitionRequest request;
  EXPECT_TRUE(request.is_thorough());
  request.effort = SearchEffort::kQuick;
  EXPECT_FALSE(request.is_thorough());
}

}  // namespace
}  // namespace subtide
