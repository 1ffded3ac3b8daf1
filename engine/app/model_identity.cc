#include "engine/app/model_identity.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

class IdentifiedRecognizer final : public Recognizer {
 public:
  IdentifiedRecognizer(std::shared_ptr<Recognizer> model, std::string identity)
      : model_(std::move(model)), traits_(model_->traits()) {
    traits_.identity = std::move(identity);
  }
  const ModelTraits& traits() const override { return traits_; }
  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    return model_->recognize(window, request);
  }

 private:
  const std::shared_ptr<Recognizer> model_;
  ModelTraits traits_;
};

class IdentifiedTranslator final : public Translator {
 public:
  IdentifiedTranslator(std::shared_ptr<Translator> model, std::string identity)
      : model_(std::move(model)), traits_(model_->traits()) {
    traits_.identity = std::move(identity);
  }
  const ModelTraits& traits() const override { return traits_; }
  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    return model_->translate(sentences, request);
  }

 private:
  const std::shared_ptr<Translator> model_;
  ModelTraits traits_;
};

class IdentifiedProvider final : public ModelProvider {
 public:
  IdentifiedProvider(std::shared_ptr<ModelProvider> models, std::weak_ptr<SharedDatabase> files)
      : models_(std::move(models)), files_(std::move(files)) {}

  Result<std::shared_ptr<Recognizer>> recognizer(std::string_view spec,
                                                 const ModelOptions& options) override {
    auto model = models_->recognizer(spec, options);
    auto identity = model ? identity_of(ModelRole::kRecognizer, spec, options) : std::nullopt;
    if (!identity) return model;
    return std::make_shared<IdentifiedRecognizer>(*std::move(model), *std::move(identity));
  }

  Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                 const ModelOptions& options) override {
    auto model = models_->translator(spec, options);
    auto identity = model ? identity_of(ModelRole::kTranslator, spec, options) : std::nullopt;
    if (!identity) return model;
    return std::make_shared<IdentifiedTranslator>(*std::move(model), *std::move(identity));
  }

  Result<std::shared_ptr<SpeechDetector>> detector(std::string_view spec) override {
    return models_->detector(spec);
  }
  Result<ModelSources> sources(ModelRole role, std::string_view spec,
                               const ModelOptions& options) override {
    return models_->sources(role, spec, options);
  }

 private:
  std::optional<std::string> identity_of(ModelRole role, std::string_view spec,
                                         const ModelOptions& options) const {
    auto files = files_.lock();
    if (!files) return std::nullopt;
    return ModelIdentities(models_, InputIdentities(std::move(files)))
        .of_files(role, spec, options);
  }

  const std::shared_ptr<ModelProvider> models_;
  const std::weak_ptr<SharedDatabase> files_;
};

}  // namespace

std::optional<std::string> ModelIdentities::of(ModelRole role, std::string_view spec,
                                               const ModelOptions& options,
                                               const std::stop_token& stop) {
  const auto sources = models_->sources(role, spec, options);
  if (!sources) return std::nullopt;
  std::string all = sources->text;
  for (const std::filesystem::path& file : sources->files) {
    auto content = files_.identify(file, std::chrono::system_clock::now(), stop);
    if (!content) {
      log_info("{}: {}", file.string(), content.error().message);
      return std::nullopt;
    }
    const bool is_all = sources->files.size() == 1 && all.find(',') == std::string::npos;
    if (is_all) return std::move(content->sha256);
    all += " " + content->sha256;
  }
  return all;
}

std::optional<std::string> ModelIdentities::of_files(ModelRole role, std::string_view spec,
                                                     const ModelOptions& options) {
  const auto sources = models_->sources(role, spec, options);
  if (!sources || sources->files.empty()) return std::nullopt;
  return of(role, spec, options);
}

std::shared_ptr<ModelProvider> make_identified_provider(std::shared_ptr<ModelProvider> models,
                                                        std::weak_ptr<SharedDatabase> files) {
  return std::make_shared<IdentifiedProvider>(std::move(models), std::move(files));
}

}  // namespace subtide
