#include "models/ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "models/auto_rule.h"
#include "models/fake/fake.h"
#include "models/model_spec.h"
#include "models/rung_in_use.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A clock that a test moves; waiting moves it too.
struct Clock {
  WorkTime now{0};
  LadderOptions options(std::shared_ptr<ModelHealthListener> listener = nullptr) {
    ModelBreakers::Options breakers;
    breakers.now = [this] { return now; };
    breakers.listener = std::move(listener);
    LadderOptions options;
    options.breakers = std::make_shared<ModelBreakers>(std::move(breakers));
    options.pause = [this](const std::stop_token&) { now += milliseconds(100); };
    return options;
  }
};

struct Told : ModelHealthListener {
  void on_breaker(const work::BreakerKey& key, const work::BreakerChange& change) override {
    lines.push_back(fmt::format("{} {}", to_string(key), to_string(change.to)));
  }
  void on_degraded(const RungStep& step) override {
    lines.push_back(fmt::format("{}: {} -> {}: {}", step.stage, step.from, step.to, step.cause));
  }
  void on_recovered(const RungStep& step) override {
    lines.push_back(fmt::format("{}: {} => {}", step.stage, step.from, step.to));
  }
  std::vector<std::string> lines;
};

class ScriptedTranslator : public Translator {
 public:
  explicit ScriptedTranslator(std::string name) { traits_.spec = std::move(name); }
  const ModelTraits& traits() const override { return traits_; }
  Result<std::vector<std::string>> translate(std::span<const std::string>,
                                             const TranslationRequest&) override {
    ++calls;
    if (on_call) on_call();
    if (failure) return Error{*failure, traits_.spec + " fails"};
    return std::vector{traits_.spec};
  }
  ModelTraits traits_;
  std::optional<ErrorCode> failure;
  std::function<void()> on_call;
  int calls = 0;
};

class LadderOfTwo : public testing::Test {
 protected:
  std::string ask() {
    const std::vector<std::string> sentences{"x"};
    const auto result = ladder_->translate(sentences, request_);
    return result ? result->front() : result.error().message;
  }
  void ask(int times) {
    for (int i = 0; i < times; ++i) ask();
  }
  Clock clock_;
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::shared_ptr<ScriptedTranslator> first_ = std::make_shared<ScriptedTranslator>("first");
  std::shared_ptr<ScriptedTranslator> second_ = std::make_shared<ScriptedTranslator>("second");
  std::shared_ptr<Translator> ladder_ =
      make_translator_ladder({{first_}, {second_}}, clock_.options(told_));
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
  for (int i = 0; i < 30; ++i) EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 10);
  clock_.now += seconds(15);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(ask(), "second");
  EXPECT_EQ(first_->calls, 11);
  clock_.now += seconds(30);
  first_->failure.reset();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(ask(), "first");
}

TEST_F(LadderOfTwo, TellsOfEachStepDownAndUp) {
  first_->failure = ErrorCode::kUnavailable;
  ask(12);
  clock_.now += seconds(15);
  first_->failure.reset();
  ask(9);
  EXPECT_THAT(told_->lines,
              ElementsAre("translate: first -> second: first fails", "translate/first/cpu open",
                          "translate/first/cpu half_open", "translate/first/cpu closed"));
  ask(1);
  EXPECT_EQ(told_->lines.back(), "translate: second => first");
}

TEST_F(LadderOfTwo, ABetterModelThatDoesNotOfferItIsNoStepDown) {
  first_->failure = ErrorCode::kUnsupported;
  ask(1);
  EXPECT_THAT(told_->lines, IsEmpty());
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

TEST_F(LadderOfTwo, WaitsForTheLastThatCouldAnswerWhenTheOtherDoesNotOfferIt) {
  first_->failure = ErrorCode::kUnsupported;
  second_->failure = ErrorCode::kUnavailable;
  ask(10);
  second_->failure.reset();
  EXPECT_EQ(ask(), "second");
  EXPECT_EQ(clock_.now, seconds(15));
  EXPECT_EQ(first_->calls, 11);  // not again at each look
}

class LadderOfOne : public testing::Test {
 protected:
  Result<std::vector<std::string>> ask() {
    const std::vector<std::string> sentences{"x"};
    return ladder_->translate(sentences, request_);
  }
  void fail(int times, ErrorCode code) {
    model_->failure = code;
    for (int i = 0; i < times; ++i) EXPECT_EQ(ask().error().code, code);
  }
  Clock clock_;
  std::shared_ptr<ScriptedTranslator> model_ = std::make_shared<ScriptedTranslator>("only");
  std::shared_ptr<Translator> ladder_ = make_translator_ladder({{model_}}, clock_.options());
  TranslationRequest request_;
};

TEST_F(LadderOfOne, CallsWaitForAModelThatIsAwayForAWhile) {
  fail(10, ErrorCode::kUnavailable);
  model_->failure.reset();
  EXPECT_TRUE(ask());
  EXPECT_EQ(clock_.now, seconds(15));
}

TEST_F(LadderOfOne, AModelThatNeverAnswersHoldsTheWorkUpOnce) {
  fail(10, ErrorCode::kUnavailable);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) refused += ask().error().code == ErrorCode::kBreakerOpen;
  EXPECT_LE(model_->calls, 20);
  EXPECT_GE(refused, 1990);
  EXPECT_LE(clock_.now, seconds(121));
  EXPECT_THAT(ask().error().message, HasSubstr("only is not asked for a while"));
  EXPECT_THAT(ask().error().message, HasSubstr("only fails"));
  clock_.now += seconds(300);
  model_->failure.reset();
  EXPECT_TRUE(ask());
}

TEST_F(LadderOfOne, NobodyWaitsForWhatTimeDoesNotHeal) {
  fail(10, ErrorCode::kDenied);
  EXPECT_EQ(ask().error().code, ErrorCode::kBreakerOpen);
  EXPECT_EQ(clock_.now, seconds(0));
}

TEST_F(LadderOfOne, WaitingEndsWhenAskedToStop) {
  fail(10, ErrorCode::kUnavailable);
  std::stop_source stop;
  stop.request_stop();
  request_.stop = stop.get_token();
  EXPECT_EQ(ask().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(model_->calls, 10);
}

TEST_F(LadderOfOne, CallsOverTheirLimitAreLateAndOpenTheBreakerToo) {
  LadderOptions options = clock_.options();
  options.call_limit = seconds(5);
  ladder_ = make_translator_ladder({{model_}}, options);
  model_->on_call = [&] { clock_.now += seconds(6); };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(ask());
  model_->on_call = nullptr;
  const WorkTime opened = clock_.now;
  EXPECT_TRUE(ask());
  EXPECT_EQ(clock_.now - opened, seconds(15));
}

TEST(RecognizerLadder, NamesWhoWroteItAndCountsProgressWhileItWaits) {
  Clock clock;
  const auto model = [](const char* script) { return make_fake_recognizer(script, {}).value(); };
  const auto ladder = make_recognizer_ladder(
      {{model(R"({"name": "a", "troubles": [{"fault": "fail"}]})")}, {model(R"({"name": "b"})")}},
      clock.options());
  const auto window =
      AudioWindow::create(std::vector<std::int16_t>(16'000, 3000), {{0, MediaTime(0)}}).value();
  EXPECT_EQ(ladder->recognize(*window, {})->model, "fake:b");
  EXPECT_EQ(ladder->traits().spec, "fake:a,fake:b");

  const auto alone =
      make_recognizer_ladder({{model(R"({"troubles": [{"fault": "fail"}]})")}}, clock.options());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(alone->recognize(*window, {}));
  std::atomic<std::uint64_t> progress = 0;
  RecognitionRequest request;
  request.progress = &progress;
  EXPECT_FALSE(alone->recognize(*window, request));
  EXPECT_GE(progress, 100U);
}

TEST(RecognizerLadder, GivesTheLesserModelToWhoAsksForItAndCallsThatNoStepDown) {
  const auto told = std::make_shared<Told>();
  Clock clock;
  const auto first = make_fake_recognizer(R"({"name": "a"})", {});
  const auto second = make_fake_recognizer(R"({"name": "b"})", {});
  ASSERT_TRUE(first && second);
  const auto ladder = make_recognizer_ladder({{*first}, {*second}}, clock.options(told));
  EXPECT_EQ(ladder->traits().lesser_models, 1);
  const auto window = AudioWindow::create(std::vector<std::int16_t>(16'000, 3000), {{0, {}}});
  for (const auto& [lesser, expected] : {std::pair{0, "fake:a"}, {1, "fake:b"}, {7, "fake:b"}}) {
    RecognitionRequest request;
    request.lesser_model = lesser;
    const auto transcript = ladder->recognize(**window, request);
    ASSERT_TRUE(transcript);
    EXPECT_EQ(transcript->model, expected);
  }
  EXPECT_THAT(told->lines, IsEmpty());
}

TEST(RungInUse, GoesDownAtOnceAndUpAfterSomeCalls) {
  RungInUse rung(2);
  using Move = RungInUse::Move;
  EXPECT_EQ(rung.answered(0, false).move, Move::kNone);
  EXPECT_EQ(rung.answered(2, true).move, Move::kDown);
  EXPECT_EQ(rung.answered(2, true).move, Move::kNone);
  EXPECT_EQ(rung.answered(0, false).move, Move::kNone);
  EXPECT_EQ(rung.answered(2, true).move, Move::kNone);  // not in a row
  EXPECT_EQ(rung.answered(1, true).move, Move::kNone);
  const auto change = rung.answered(1, true);
  EXPECT_EQ(change.move, Move::kUp);
  EXPECT_EQ(change.from, 2U);
  EXPECT_EQ(rung.answered(2, false).move, Move::kNone);  // the better ones do not offer it
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
