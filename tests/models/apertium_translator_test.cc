#include "models/apertium/apertium_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TranslationRequest from_to(std::string source, std::string target) {
  TranslationRequest request;
  request.source_language = std::move(source);
  request.target_language = std::move(target);
  return request;
}

// The real program with Debian's pairs eng-spa and spa-ita.
class Apertium : public testing::Test {
 protected:
  void SetUp() override {
    ApertiumOptions options;
    options.lanes = 2;
    const auto route = apertium_route(options, "en", "it");
    if (!route) SUBTIDE_SKIP_OR_FAIL("apertium with eng-spa and spa-ita: " + route.error().message);
    translator_ = *make_apertium_translator(options);
  }

  std::vector<std::string> translate(const std::vector<std::string>& sentences,
                                     const std::string& source, const std::string& target) {
    const auto result = translator_->translate(sentences, from_to(source, target));
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : std::vector<std::string>{};
  }

  std::shared_ptr<Translator> translator_;
};

TEST_F(Apertium, TranslatesEnglishToSpanish) {
  EXPECT_THAT(
      translate({"The president will sign the new budget tomorrow morning.", "Hello world."},
                "en-US", "es"),
      ElementsAre("El presidente firmará el presupuesto nuevo mañana por la mañana.",
                  "Hola mundo."));
}

TEST_F(Apertium, GoesThroughAThirdLanguage) {
  const auto texts = translate({"The president will sign the new budget."}, "en", "it");
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], HasSubstr("presidente"));
  EXPECT_THAT(texts[0], testing::EndsWith("."));
}

TEST_F(Apertium, KeepsSentencesOneToOneWhateverTheyHold) {
  const std::vector<std::string> sentences{
      "",
      "One house",
      std::string("a\0b\nc", 5),
      "[] [subtide 3] ^x/y<n>$ @ { } \\ \\\\ ~ # * +",
      "   ",
      "\n",
      "Is [this] a ^question$?",
      "100 % of $5",
      "\xC3",
      "One house",
      std::string(5000, 'w'),
  };
  const auto texts = translate(sentences, "en", "es");
  ASSERT_EQ(texts.size(), sentences.size());
  EXPECT_EQ(texts[0], "");
  EXPECT_EQ(texts[1], texts[9]);
  EXPECT_THAT(texts[3], HasSubstr("[subtide 3]"));
  EXPECT_THAT(texts[3], HasSubstr("~ # * +"));
  EXPECT_EQ(texts[4], "");
  EXPECT_EQ(texts[5], "");
  EXPECT_THAT(texts[6], HasSubstr("[este]"));
  EXPECT_EQ(texts[8], "\uFFFD");
  EXPECT_EQ(texts[10], sentences[10]);
}

TEST_F(Apertium, AnswersManySentencesInOneCall) {
  std::vector<std::string> sentences;
  for (int i = 0; i < 2000; ++i) {
    sentences.push_back("There are " + std::to_string(i) + " boats near the station.");
  }
  const auto texts = translate(sentences, "en", "es");
  ASSERT_EQ(texts.size(), sentences.size());
  for (int i = 0; i < 2000; ++i) {
    EXPECT_THAT(texts[static_cast<std::size_t>(i)], HasSubstr(" " + std::to_string(i) + " "));
  }
}

TEST_F(Apertium, GivesTheSameAnswerWhateverWasAskedBefore) {
  const auto alone = translate({"He saw her"}, "en", "es");
  translate({"The good old [house", "What", "is * this @"}, "en", "es");
  EXPECT_EQ(translate({"He saw her"}, "en", "es"), alone);
}

TEST_F(Apertium, WorksForManyThreads) {
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        const auto number = std::to_string(i + 10);
        for (int j = 0; j < 5; ++j) {
          const std::vector<std::string> sentences{"There are " + number + " cars."};
          const auto result = translator_->translate(sentences, from_to("en", "es"));
          if (result && (*result)[0].find(number) != std::string::npos) ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 30);
}

TEST_F(Apertium, LeavesTextAloneWhereNothingIsToBeDone) {
  EXPECT_THAT(translate({"Hello."}, "en", "en-GB"), ElementsAre("Hello."));
}

TEST_F(Apertium, NamesThePackageForAMissingPair) {
  const std::vector<std::string> sentences{"Hello."};
  const auto result = translator_->translate(sentences, from_to("en", "cy"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
  const auto basque = translator_->translate(sentences, from_to("eu", "it"));
  ASSERT_FALSE(basque);
  EXPECT_THAT(basque.error().message, HasSubstr("apt install apertium-eu-"));
}

// A program that behaves like apertium as far as the script says.
class ScriptedApertium : public testing::Test {
 protected:
  ApertiumOptions script(const std::string& body) {
    const auto file = folder_ / "apertium";
    std::ofstream(file) << "#!/bin/bash\nif [ \"$1\" = -l ]; then echo ' eng-spa'; exit; fi\n"
                        << body;
    ::chmod(file.c_str(), 0755);
    ApertiumOptions options;
    options.program = file.string();
    options.timeout = std::chrono::seconds(10);
    return options;
  }
  Result<std::vector<std::string>> ask(const ApertiumOptions& options) {
    const std::vector<std::string> sentences{"Hello."};
    return (*make_apertium_translator(options))->translate(sentences, from_to("en", "es"));
  }

  TemporaryFolder folder_;
};

TEST_F(ScriptedApertium, IsStartedAgainWhenItDies) {
  const auto mark = (folder_ / "was-here").string();
  const auto result =
      ask(script("if [ ! -e " + mark + " ]; then touch " + mark + "; exit 1; fi\nexec cat\n"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(*result, ElementsAre("Hello."));
}

TEST_F(ScriptedApertium, IsGivenUpWhenItDiesAgain) {
  const auto result = ask(script("exit 1\n"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("eng-spa"));
}

TEST_F(ScriptedApertium, IsNotWaitedForLongerThanTheTimeout) {
  auto options = script("exec sleep 1000\n");
  options.timeout = std::chrono::milliseconds(100);
  const auto result = ask(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDeadline);
}

TEST_F(ScriptedApertium, IsLeftWhenTheCallIsStopped) {
  auto options = script("exec sleep 1000\n");
  options.timeout = std::chrono::hours(1);
  const auto translator = *make_apertium_translator(options);
  std::stop_source stop;
  auto request = from_to("en", "es");
  request.stop = stop.get_token();
  stop.request_stop();
  const std::vector<std::string> sentences{"Hello."};
  const auto result = translator->translate(sentences, request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST(ApertiumProgram, IsNamedWithItsPackageWhenItIsMissing) {
  ApertiumOptions options;
  options.program = "/nonexistent/apertium";
  const auto made = make_apertium_translator(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(made.error().message, HasSubstr("apt install apertium"));
}

}  // namespace
}  // namespace subtide
