#include "models/ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/auto_rule.h"
#include "models/model_spec.h"

namespace subtide {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// A clock that a test moves.
struct Clock {
  CircuitBreaker::Time now{};
  LadderOptions options() {
    LadderOptions options;
    options.now = [this] { return now; };
    return options;
  }
};

class ScriptedTranslator : public Translator {
 public:
  explicit ScriptedTranslator(std::string name) { traits_.spec = std::move(name); }
  const ModelTraits& traits() const override { return traits_; }
  Result<std::vector<std::string>> translate(std::span<const std::string>,
                                             const TranslationRequest&) override {
    ++calls;
    if (failure) return Error{*failure, traits_.spec + " fails"};
    return std::vector{traits_.spec};
  }
  ModelTraits traits_;
  std::optional<ErrorCode> failure;
  int calls = 0;
};

class LadderOfTwo : public testing::Test {
 protected:
  std::string ask() {
    const std::vector<std::string> sentences{"x"};
    const auto result = ladder_->translate(sentences, request_);
    return result ? result->front() : result.error().message;
  }
  Clock clock_;
  std::shared_ptr<ScriptedTranslator> first_ = std::make_shared<ScriptedTranslator>("first");
  std::shared_ptr<ScriptedTranslator> second_ = std::make_shared<ScriptedTranslator>("second");
  std::shared_ptr<Translator> ladder_ = make_translator_ladder({first_, second_}, clock_.options());
  TranslationRequest request_;
};

TEST_F(LadderOfTwo, AsksTheFirst) {
  EXPECT_EQ(ask(), "first");
  EXPECT_EQ(second_->calls, 0);
  EXPECT_EQ(ladder_->traits().spec, "first,second");
}

TEST_F(LadderOfTwo, AsksTheSecondWhenTheFirstFails) {
  first_->failure = ErrorCode::kUnavailable;
  EXPECT_EQ(ask(), "second");
}

TEST_F(LadderOfTwo, LeavesAFailingModelAloneForAWhileAndThenProbesIt) {
  first_->failure = ErrorCode::kUnavailable;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 3);
  clock_.now += seconds(31);
  EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 4);
  EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 4);
  clock_.now += seconds(31);
  first_->failure.reset();
  EXPECT_EQ(ask(), "first");
  EXPECT_EQ(ask(), "first");
}

TEST_F(LadderOfTwo, DoesNotBlameAModelForWhatItDoesNotOffer) {
  first_->failure = ErrorCode::kUnsupported;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 10);
}

TEST_F(LadderOfTwo, StopsWhenAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  request_.stop = stop.get_token();
  first_->failure = ErrorCode::kUnavailable;
  EXPECT_EQ(ask(), "first fails");
  EXPECT_EQ(second_->calls, 0);
}

TEST_F(LadderOfTwo, AsksTheLastEvenWhenAllFail) {
  first_->failure = ErrorCode::kUnavailable;
  second_->failure = ErrorCode::kDeadline;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), "second fails");
  EXPECT_EQ(second_->calls, 10);
}

TEST(CircuitBreaker, LetsOneProbeThrough) {
  CircuitBreaker breaker({.failures_to_open = 1, .pause = seconds(10)});
  const CircuitBreaker::Time start{};
  ASSERT_TRUE(breaker.allows(start));
  breaker.failed(start);
  EXPECT_FALSE(breaker.allows(start + seconds(9)));
  EXPECT_TRUE(breaker.allows(start + seconds(10)));
  EXPECT_FALSE(breaker.allows(start + seconds(10)));
  breaker.abandoned();
  EXPECT_TRUE(breaker.allows(start + seconds(10)));
}

TEST(ModelSpec, ALadderIsSplitAtItsRungs) {
  const auto ladder = parse_model_ladder(
      "whisper:small.en, openai:http://h/a,b#m,fake:{\"a\": [1, 2]},pocketsphinx");
  ASSERT_TRUE(ladder) << ladder.error().message;
  std::vector<std::string> texts;
  for (const auto& rung : *ladder) texts.push_back(rung.text);
  EXPECT_THAT(texts, ElementsAre("whisper:small.en", "openai:http://h/a,b#m",
                                 "fake:{\"a\": [1, 2]}", "pocketsphinx"));
}

TEST(ModelSpec, AnUnknownModelIsAnsweredWithTheKnownOnes) {
  const auto ladder = parse_model_ladder("whisker:base");
  ASSERT_FALSE(ladder);
  EXPECT_THAT(ladder.error().message, HasSubstr("pocketsphinx"));
}

ModelEntry installed(std::string name, int rank, std::vector<std::string> languages = {}) {
  ModelEntry entry;
  entry.name = std::move(name);
  entry.rank = rank;
  entry.languages = std::move(languages);
  entry.state = ModelState::kInstalled;
  return entry;
}

const std::vector<std::string> kEnglish{"en"};

TEST(AutoRule, TakesTheBestModelThatKnowsTheLanguage) {
  const std::vector models{installed("small.en", 30, kEnglish), installed("tiny", 10),
                           installed("small", 30), installed("base", 20)};
  EXPECT_EQ(choose_recognizer(models, true, "en-GB")->spec, "whisper:small.en");
  EXPECT_EQ(choose_recognizer(models, true, "fr")->spec, "whisper:small");
}

TEST(AutoRule, AnOpenLanguageWantsAMultilingualModel) {
  const std::vector models{installed("medium.en", 40, kEnglish), installed("tiny", 10)};
  EXPECT_EQ(choose_recognizer(models, true, "auto")->spec, "whisper:tiny");
  EXPECT_EQ(choose_recognizer(models, true, "en")->spec, "whisper:medium.en");
}

TEST(AutoRule, EnglishIsAssumedWhereOnlyEnglishModelsAre) {
  const auto choice = choose_recognizer({installed("base.en", 20, kEnglish)}, true, "auto");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->spec, "whisper:base.en");
  EXPECT_TRUE(choice->assumes_english);
  EXPECT_THAT(choice->note, HasSubstr("subtide models pull base"));
}

TEST(AutoRule, AnotherLanguageIsRefusedWhereOnlyEnglishModelsAre) {
  const auto choice = choose_recognizer({installed("base.en", 20, kEnglish)}, true, "it");
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(choice.error().message, HasSubstr("subtide models pull base"));
}

TEST(AutoRule, PocketsphinxIsForEnglishAlone) {
  EXPECT_EQ(choose_recognizer({}, true, "en")->spec, "pocketsphinx");
  EXPECT_TRUE(choose_recognizer({}, true, "auto")->assumes_english);
  EXPECT_FALSE(choose_recognizer({}, true, "de"));
  EXPECT_EQ(choose_recognizer({}, false, "en").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace subtide
