#include "models/builtin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "models/server_keys.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

// A machine with nothing installed but what a test puts there.
class Builtin : public testing::Test {
 protected:
  Builtin() {
    options_.store.folders = {folder_ / "models"};
    options_.apertium_program = "/nonexistent/apertium";
    options_.pocketsphinx_folder = folder_ / "pocketsphinx";
    fs::create_directories(folder_ / "models");
  }
  std::shared_ptr<ModelProvider> provider() { return make_builtin_provider(options_); }
  void install(const fs::path& from, const std::string& name) {
    fs::create_symlink(from, folder_ / "models" / name);
  }

  TemporaryFolder folder_;
  BuiltinOptions options_;
};

TEST_F(Builtin, TheSameModelIsLoadedOnce) {
  const auto models = provider();
  const auto first = models->recognizer("fake:", {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*first, *models->recognizer("fake:", {}));
  EXPECT_EQ(*models->detector("energy"), *models->detector("energy"));
}

TEST_F(Builtin, AModelIsLetGoWhenNobodyHoldsIt) {
  const auto models = provider();
  std::weak_ptr<Recognizer> held = *models->recognizer("fake:", {});
  EXPECT_TRUE(held.expired());
}

TEST_F(Builtin, WrongSpecsAreWrongUsage) {
  const auto models = provider();
  for (const char* spec :
       {"", "whisker:base", "whisper", "whisper:", "openai:", "energy", "apertium",
        "pocketsphinx:x", "whisper:base,nothing", "openai:ftp://example.org"}) {
    const auto made = models->recognizer(spec, {});
    ASSERT_FALSE(made) << spec;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument) << spec;
  }
  EXPECT_EQ(models->translator("silero", {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(models->detector("apertium").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(models->translator("openai-chat:http://localhost:1", {}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(Builtin, AMissingModelIsNamedWithItsCommand) {
  const auto made = provider()->recognizer("whisper:base.en", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(made.error().message, HasSubstr("subtide models pull base.en"));
}

TEST_F(Builtin, AutoNamesTheCommandWhereNothingIsInstalled) {
  const auto made = provider()->recognizer("auto", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(made.error().message, HasSubstr("subtide models pull base"));
  const auto translator = provider()->translator("auto", {});
  ASSERT_FALSE(translator);
  EXPECT_THAT(translator.error().message, HasSubstr("apt install apertium"));
}

TEST_F(Builtin, AutoNeverTakesTheMiniModel) {
  install(source_root() / "models/mini/ggml-mini.en.bin", "ggml-mini.en.bin");
  ModelOptions english;
  english.language = "en";
  EXPECT_FALSE(provider()->recognizer("auto", english));
}

TEST_F(Builtin, TheMiniModelHasItsShortWindow) {
  install(source_root() / "models/mini/ggml-mini.en.bin", "ggml-mini.en.bin");
  const auto made = provider()->recognizer("whisper:mini.en", {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->traits().spec, "whisper:mini.en");
  EXPECT_EQ((*made)->traits().max_window, std::chrono::seconds(12));
}

TEST_F(Builtin, AnEnglishModelIsRefusedForAnotherLanguage) {
  install(source_root() / "models/mini/ggml-mini.en.bin", "ggml-mini.en.bin");
  ModelOptions french;
  french.language = "fr";
  const auto made = provider()->recognizer("whisper:mini.en", french);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kUnsupported);
}

TEST_F(Builtin, AutoSaysThatPocketsphinxIsRough) {
  options_.pocketsphinx_folder = "/usr/share/pocketsphinx/model/en-us";
  if (!fs::exists(options_.pocketsphinx_folder)) SUBTIDE_SKIP_OR_FAIL("pocketsphinx-en-us");
  const auto made = provider()->recognizer("auto", {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->traits().spec, "pocketsphinx");
  EXPECT_THAT((*made)->traits().detail, HasSubstr("English is assumed"));
  EXPECT_THAT((*made)->traits().detail, HasSubstr("subtide models pull"));
}

TEST_F(Builtin, ALadderLeavesOutWhatIsNotInstalled) {
  const auto made = provider()->recognizer("whisper:base.en,fake:", {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT((*made)->traits().spec, testing::StartsWith("fake"));
  EXPECT_FALSE(provider()->recognizer("whisper:base.en,whisper:tiny", {}));
}

TEST_F(Builtin, DetectorAutoTakesSileroWhereItsFileIs) {
  EXPECT_EQ((*provider()->detector("auto"))->traits().spec, "energy");
  const auto silero = shared_model("ggml-silero-v6.2.0.bin");
  SUBTIDE_REQUIRE_FILE(silero);
  install(silero, "ggml-silero-v6.2.0.bin");
  const auto made = provider()->detector("auto");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->traits().spec, "silero");
}

TEST_F(Builtin, SourcesTellWhatAModelWouldBeMadeOf) {
  install(source_root() / "models/mini/ggml-mini.en.bin", "ggml-mini.en.bin");
  const auto models = provider();
  const auto whisper = models->sources(ModelRole::kRecognizer, "whisper:mini.en", {});
  ASSERT_TRUE(whisper) << whisper.error().message;
  EXPECT_EQ(whisper->text, "whisper:mini.en");
  ASSERT_EQ(whisper->files.size(), 1U);
  EXPECT_EQ(whisper->files[0].filename(), "ggml-mini.en.bin");
  const auto ladder =
      models->sources(ModelRole::kRecognizer, "whisper:no,whisper:mini.en,fake:", {});
  ASSERT_TRUE(ladder);
  EXPECT_EQ(ladder->text, "whisper:mini.en,fake:");
  EXPECT_EQ(models->sources(ModelRole::kRecognizer, "whisper:no", {}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(models->sources(ModelRole::kDetector, "auto", {})->text, "energy");
  fs::create_directories(folder_ / "pocketsphinx");
  EXPECT_EQ(models->sources(ModelRole::kRecognizer, "auto", {})->text, "pocketsphinx");
  ModelOptions pair;
  pair.language = "en";
  pair.target_language = "es";
  EXPECT_EQ(models->sources(ModelRole::kTranslator, "auto", pair)->text, "apertium en>es");
}

TEST_F(Builtin, AvailabilityNamesWhatIsMissingAndHowToGetIt) {
  for (const auto& model : list_model_availability(options_)) {
    EXPECT_TRUE(model.is_available || !model.remedy.empty()) << model.spec;
  }
  const auto all = list_model_availability(options_);
  EXPECT_EQ(all.size(), 8U);
  EXPECT_FALSE(all.at(0).is_available);
  EXPECT_THAT(all.at(0).remedy, HasSubstr("subtide models pull silero"));
}

TEST(ServerKeys, AnAmbientKeyGoesOnlyWhereItIsSafe) {
  BuiltinOptions options;
  options.ambient_openai_key = "ambient";
  EXPECT_EQ(key_for(options, "https://api.example.org/v1"), "ambient");
  EXPECT_EQ(key_for(options, "http://localhost:8080"), "ambient");
  EXPECT_EQ(key_for(options, "http://192.168.1.5:8080"), "");
  options.openai_key = "own";
  EXPECT_EQ(key_for(options, "http://192.168.1.5:8080"), "own");
}

}  // namespace
}  // namespace subtide
