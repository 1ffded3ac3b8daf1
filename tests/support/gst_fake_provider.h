#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/speech/ports.h"

namespace subtide::testing_support {

/// A translator that does what the test says.
class FakeTranslator : public Translator {
 public:
  using Answer = std::function<Result<std::vector<std::string>>(std::span<const std::string>,
                                                                const TranslationRequest&)>;
  explicit FakeTranslator(Answer answer) : answer_(std::move(answer)) {
    traits_.spec = "fake:test";
    traits_.detail = "of the test";
  }
  const ModelTraits& traits() const override { return traits_; }
  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    return answer_(sentences, request);
  }

 private:
  Answer answer_;
  ModelTraits traits_;
};

/// Gives the one translator that it was made with, and refuses everything else.
class FakeProvider : public ModelProvider {
 public:
  explicit FakeProvider(std::shared_ptr<Translator> translator)
      : translator_(std::move(translator)) {}
  Result<std::shared_ptr<Recognizer>> recognizer(std::string_view, const ModelOptions&) override {
    return make_error(ErrorCode::kNotFound, "no recognizer in this test");
  }
  Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                 const ModelOptions&) override {
    if (spec == "auto") return translator_;
    return make_error(ErrorCode::kNotFound, "translator {} is not installed: use auto", spec);
  }
  Result<std::shared_ptr<SpeechDetector>> detector(std::string_view) override {
    return make_error(ErrorCode::kNotFound, "no detector in this test");
  }

 private:
  std::shared_ptr<Translator> translator_;
};

}  // namespace subtide::testing_support
