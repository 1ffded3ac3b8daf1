#include "engine/work/link/worker_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <utility>

#include "engine/work/link/served_models.h"
#include "engine/work/link/stage_work.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ModelTraits traits_of(const std::string& spec) {
  ModelTraits traits;
  traits.spec = spec;
  return traits;
}

/// Loads whatever is not called "bad".
Result<StageModel> load(const std::string& spec) {
  if (spec == "bad") return make_error(ErrorCode::kNotFound, "no such file");
  return StageModel{traits_of(spec), {"name of " + spec}, {}};
}

std::string name_of(wire::ModelNews::What what) {
  switch (what) {
    case wire::ModelNews::What::kLoading:
      return "loading";
    case wire::ModelNews::What::kLoaded:
      return "loaded";
    case wire::ModelNews::What::kUnloaded:
      return "unloaded";
    case wire::ModelNews::What::kFailed:
      return "failed";
  }
  return "";
}

std::vector<std::string> news_of(WorkerModels& models) {
  std::vector<std::string> told;
  for (const wire::ModelNews& news : models.take_news()) {
    told.push_back(name_of(news.what) + " " + news.model.spec +
                   (news.reason.empty() ? "" : " " + news.reason) + news.error.message);
  }
  return told;
}

TEST(WorkerModels, TheFormerModelIsUnloadedWithItsLastLease) {
  WorkerModels models(load);
  EXPECT_EQ(models.current(), nullptr);
  ASSERT_TRUE(models.load("a"));
  WorkerModels::Model lease = models.current();
  const auto loaded = models.load("b");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->spec, "b");
  EXPECT_EQ(models.current()->traits.spec, "b");
  EXPECT_EQ(models.text(), "b; finishing: a");
  EXPECT_THAT(news_of(models), ElementsAre("loading a", "loaded a", "loading b", "loaded b"));
  lease.reset();
  EXPECT_THAT(news_of(models), ElementsAre("unloaded a replaced"));
  EXPECT_EQ(models.text(), "b");
}

TEST(WorkerModels, ServesTheNamesOfTheFirstAndOfTheCurrentOne) {
  WorkerModels models(load);
  EXPECT_THAT(models.names(), IsEmpty());
  for (const char* spec : {"a", "b", "c"}) ASSERT_TRUE(models.load(spec));
  EXPECT_THAT(models.names(), ElementsAre("name of a", "name of c"));
}

TEST(WorkerModels, WhatCannotBeLoadedLeavesWhatIsThere) {
  WorkerModels models(load);
  ASSERT_TRUE(models.load("a"));
  news_of(models);
  EXPECT_EQ(models.load("bad").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(models.current()->traits.spec, "a");
  EXPECT_THAT(news_of(models), ElementsAre("loading bad", "failed badno such file"));
}

TEST(WorkerModels, UnloadsOnlyWhatIsThere) {
  WorkerModels models(load);
  ASSERT_TRUE(models.load("a"));
  EXPECT_THAT(models.unload("b").error().message, HasSubstr("'b' is not loaded; there is a"));
  EXPECT_TRUE(models.unload("a"));
  EXPECT_EQ(models.current(), nullptr);
  EXPECT_EQ(models.text(), "no model");
  EXPECT_THAT(models.names(), ElementsAre("name of a")) << "another may come in its place";
  EXPECT_THAT(news_of(models), ElementsAre("loading a", "loaded a", "unloaded a ordered"));
}

TEST(WorkerModels, RingsWhenThereIsNews) {
  WorkerModels models(load);
  std::atomic<int> rings = 0;
  models.set_bell([&] { ++rings; });
  ASSERT_TRUE(models.load("a"));
  EXPECT_GT(rings, 0);
  models.set_bell({});
  const int before = rings;
  ASSERT_TRUE(models.load("b"));
  EXPECT_EQ(rings, before);
}

TEST(WorkerModels, OneThatWasGivenItsModelLoadsNoOther) {
  WorkerModels models(StageModel{traits_of("a"), {"a"}, {}});
  EXPECT_EQ(models.load("b").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(models.current()->traits.spec, "a");
}

TEST(WorkerModels, KnowsWhatTheProcessKeepsInMemory) { EXPECT_GT(resident_bytes(), 1 << 20); }

std::vector<std::string> specs_of(const ServedModels& served) {
  std::vector<std::string> specs;
  for (const MadeBy& model : served.of({"transcribe", "n"})) specs.push_back(model.spec);
  return specs;
}

TEST(ServedModels, AreToldOnceEachNewestFirst) {
  ServedModels served;
  EXPECT_THAT(specs_of(served), IsEmpty());
  served.serves("w1", "transcribe", {"n"}, traits_of("a"));
  served.serves("w2", "transcribe", {"n"}, traits_of("a"));
  served.serves("w1", "transcribe", {"n"}, traits_of("b"));
  served.serves("w3", "translate", {"n"}, traits_of("c"));
  EXPECT_THAT(specs_of(served), ElementsAre("b", "a"));
  served.leaves("w2");
  EXPECT_THAT(specs_of(served), ElementsAre("b"));
  served.leaves("w1");
  EXPECT_THAT(specs_of(served), ElementsAre("b")) << "what it made is found all the same";
}

TEST(ServedModels, AWaitEndsWithAModelWithAFailureOrWithTime) {
  const ServedModels::Name name = {"transcribe", "n"};
  ServedModels served;
  EXPECT_THAT(served.wait_for(name, 1ms, {}).error().message, HasSubstr("no worker for"));
  served.fails("transcribe", {"n"}, make_error(ErrorCode::kNotFound, "no such file"));
  EXPECT_EQ(served.wait_for(name, 10s, {}).error().message, "no such file");
  served.serves("w", "transcribe", {"n"}, traits_of("a"));
  EXPECT_EQ(served.wait_for(name, 10s, {}).value().spec, "a");
  served.close();
  EXPECT_EQ(served.wait_for({"transcribe", "x"}, 10s, {}).error().message, "stopped");
}

TEST(ServedName, HoldsALanguageWhereItMakesADifference) {
  ModelOptions options;
  options.language = "en";
  options.target_language = "es";
  EXPECT_EQ(served_name(kTranscribeStage, "whisper:base.en", options), "whisper:base.en");
  EXPECT_EQ(served_name(kTranscribeStage, "auto", options), "auto en");
  EXPECT_EQ(served_name(kTranslateStage, "apertium", options), "apertium en>es");
  options.language.clear();
  EXPECT_EQ(served_name(kTranslateStage, "fake:upper", options), "fake:upper auto>es");
}

TEST(ServedName, AWorkerThatHadTheChoiceServesWhatItChoseToo) {
  ModelOptions options;
  options.language = "en";
  const ModelTraits chosen = traits_of("whisper:base.en");
  EXPECT_THAT(served_names(kTranscribeStage, "auto", options, chosen),
              ElementsAre("auto en", "whisper:base.en"));
  EXPECT_THAT(served_names(kTranscribeStage, "whisper:x", options, chosen),
              ElementsAre("whisper:x"));
  EXPECT_TRUE(has_auto("whisper:x,auto"));
  EXPECT_FALSE(has_auto("fake:automatic"));
}

}  // namespace
}  // namespace subtide
