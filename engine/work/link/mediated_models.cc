#include "engine/work/link/mediated_models.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "engine/base/log.h"
#include "engine/work/link/stage_work.h"
#include "engine/work/store/effect_key.h"
#include "engine/work/store/sha256.h"
#include "engine/work/store/transcript_json.h"

namespace subtide {
namespace {

/// A disk that is full may have room again; longer than this nobody waits.
constexpr std::chrono::seconds kRoomPatience(30);
constexpr std::chrono::milliseconds kRoomPause(200);
constexpr int kMostStumbles = 5;

std::string text_key(const std::string& text) {
  Sha256 sum;
  sum.add(text);
  return sum.finish();
}

/// Finds, does and keeps one piece of work.
class KeptWork {
 public:
  KeptWork(std::string stage, ModelTraits traits, JobWork work)
      : stage_(std::move(stage)), traits_(std::move(traits)), work_(std::move(work)) {}

  const ModelTraits& traits() const { return traits_; }
  bool is_mediated() const { return work_.mediator != nullptr; }
  const JobWork& work() const { return work_; }

  /// Of the work, whichever model does it.
  std::string key(const std::string& input, std::map<std::string, std::string> parameters) const {
    EffectParts parts;
    parts.input = input;
    parts.stage = stage_;
    parts.parameters = std::move(parameters);
    parts.pipeline = work_.pipeline;
    return work_key(parts);
  }

  Result<WorkResult> ask(const std::string& key, std::string payload, TimeSpan span,
                         std::stop_token stop) const {
    WorkRequest request;
    request.job = work_.job;
    request.stage = stage_;
    request.model = work_.model;
    request.work_key = key;
    request.payload = std::move(payload);
    request.span = span;
    count_made();
    auto result = work_.mediator->run(request, std::move(stop));
    if (result) tell(result->model);
    return result;
  }

  /// What any of the models that are at work now made of it before.
  std::optional<WorkResult> find(const std::string& key) const {
    if (work_.effects == nullptr || work_.is_fresh) return std::nullopt;
    for (MadeBy& model : models()) {
      auto found = work_.effects->find(effect_key(key, model.identity));
      if (!found) log_warning("the store of results: {}", found.error().message);
      if (!found || !*found) continue;
      if (work_.counters) ++work_.counters->found;
      // One that was retried by hand may have been made by another.
      if ((*found)->model != model.spec) model = {(*found)->model, "", (*found)->model};
      tell(model);
      return WorkResult{std::move((*found)->json), std::move(model)};
    }
    return std::nullopt;
  }

  void count_made() const {
    if (work_.counters) ++work_.counters->made;
  }

  /// By the model in this process.
  void keep(const std::string& key, std::string json) const {
    count_made();
    const MadeBy model = made_by(traits_);
    tell(model);
    if (work_.effects == nullptr) return;
    Effect effect;
    effect.key = effect_key(key, model.identity);
    effect.stage = stage_;
    effect.model = model.spec;
    effect.job = work_.job;
    effect.json = std::move(json);
    effect.time = std::chrono::system_clock::now();
    const auto kept = work_.effects->put(effect);
    const bool was_unkept = work_.counters && work_.counters->is_unkept.exchange(!kept);
    if (!kept && !was_unkept) {
      log_warning("results are not kept for another run: {}", kept.error().message);
    }
  }

 private:
  std::vector<MadeBy> models() const {
    std::vector<MadeBy> models;
    if (is_mediated()) models = work_.mediator->models_of(stage_, work_.model);
    if (models.empty()) models.push_back(made_by(traits_));
    return models;
  }

  void tell(const MadeBy& model) const {
    if (work_.on_model) work_.on_model(model);
  }

  const std::string stage_;
  const ModelTraits traits_;
  const JobWork work_;
};

class KeptRecognizer final : public Recognizer {
 public:
  KeptRecognizer(std::shared_ptr<Recognizer> model, ModelTraits traits, JobWork work)
      : model_(std::move(model)), kept_(kTranscribeStage, std::move(traits), std::move(work)) {}

  const ModelTraits& traits() const override { return kept_.traits(); }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    // What is kept is the model's best; live windows are another matter, and never asked for again.
    if (!request.is_thorough() && model_ != nullptr) return model_->recognize(window, request);
    const std::string pieces = to_json(window.pieces());
    std::map<std::string, std::string> parameters = {
        {"pieces", pieces}, {"language", request.language}, {"prompt", request.prompt}};
    if (!request.is_thorough()) parameters["live"] = how(request);
    const std::string key = kept_.key(audio_key(window.samples()), std::move(parameters));
    if (const auto found = kept_.find(key)) {
      auto transcript = read(*found);
      if (transcript) {
        log_info("{} - {} was recognised before", format_clock(window.span().begin),
                 format_clock(window.span().end));
        return transcript;
      }
      log_warning("a kept transcript does not read and is made again: {}",
                  transcript.error().message);
    }
    return kept_.is_mediated() ? ask(window, request, key) : recognize_here(window, request, key);
  }

 private:
  static std::string how(const RecognitionRequest& request) {
    return fmt::format("{}{}{}{}", request.is_partial ? "partial " : "",
                       request.audio_context == AudioContext::kWindow ? "window " : "",
                       request.effort == SearchEffort::kQuick ? "quick " : "",
                       request.lesser_model);
  }

  Result<Transcript> recognize_here(const AudioWindow& window, const RecognitionRequest& request,
                                    const std::string& key) const {
    auto transcript = model_->recognize(window, request);
    if (transcript) kept_.keep(key, to_json(*transcript));
    return transcript;
  }

  Result<Transcript> ask(const AudioWindow& window, const RecognitionRequest& request,
                         const std::string& key) const {
    const FinalInUse held(*this, request.is_partial ? "" : audio_key(window.samples()));
    const auto blob = put_sound(window, request.stop);
    if (!blob) return blob.error();
    const auto pieces = window.pieces();
    const TranscribePayload payload{*blob,
                                    {pieces.begin(), pieces.end()},
                                    request.language,
                                    request.prompt,
                                    request.is_partial,
                                    request.audio_context,
                                    request.effort,
                                    request.lesser_model};
    const auto result = kept_.ask(key, to_json(payload), window.span(), request.stop);
    if (!result) return result.error();
    if (request.is_partial) forget_partial(*blob);
    return read(*result);
  }

  /// While a final window is worked on, nobody takes its sound away.
  class FinalInUse {
   public:
    FinalInUse(const KeptRecognizer& owner, std::string blob)
        : owner_(owner), blob_(std::move(blob)) {
      const std::lock_guard lock(owner_.mutex_);
      owner_.finals_.insert(blob_);
    }
    FinalInUse(const FinalInUse&) = delete;
    FinalInUse& operator=(const FinalInUse&) = delete;
    ~FinalInUse() {
      const std::lock_guard lock(owner_.mutex_);
      owner_.finals_.extract(blob_);
    }

   private:
    const KeptRecognizer& owner_;
    const std::string blob_;
  };

  /// Partial windows come each second, and what is heard of them is heard again in the next: their
  /// sound would only fill the disk. A final window may hold the same samples.
  void forget_partial(const std::string& blob) const {
    const std::lock_guard lock(mutex_);
    if (finals_.contains(blob)) return;
    if (const auto removed = kept_.work().blobs->remove(blob); !removed) {
      log_info("{}", removed.error().message);
    }
  }

  Result<Transcript> read(const WorkResult& result) const {
    auto transcript = transcript_from_json(result.json);
    const bool is_other = result.model.spec != traits().spec;
    if (transcript && transcript->model.empty() && is_other) transcript->model = result.model.spec;
    return transcript;
  }

  /// Workers get the sound through the disk, so a full one is waited for, and one that stumbles is
  /// given another chance.
  Result<std::string> put_sound(const AudioWindow& window, const std::stop_token& stop) const {
    const auto deadline = std::chrono::steady_clock::now() + kRoomPatience;
    for (int tries = 1;; ++tries) {
      auto blob = kept_.work().blobs->put_audio(window);
      if (blob || stop.stop_requested()) return blob;
      const bool is_full = blob.error().code == ErrorCode::kNoSpace;
      const bool may_stumble = blob.error().code == ErrorCode::kIo && tries < kMostStumbles;
      if (!is_full && !may_stumble) return blob;
      if (std::chrono::steady_clock::now() >= deadline) {
        if (kept_.work().on_trouble) kept_.work().on_trouble(blob.error());
        return blob;
      }
      std::this_thread::sleep_for(kRoomPause);
    }
  }

  const std::shared_ptr<Recognizer> model_;
  const KeptWork kept_;
  mutable std::mutex mutex_;
  mutable std::multiset<std::string> finals_;  ///< blobs in use; guarded by mutex_
};

class KeptTranslator final : public Translator {
 public:
  KeptTranslator(std::shared_ptr<Translator> model, ModelTraits traits, JobWork work)
      : model_(std::move(model)), kept_(kTranslateStage, std::move(traits), std::move(work)) {}

  const ModelTraits& traits() const override { return kept_.traits(); }

  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    const TranslatePayload payload{request.source_language,
                                   request.target_language,
                                   request.context,
                                   {sentences.begin(), sentences.end()}};
    const std::string text = to_json(payload);
    const std::string key = kept_.key(text_key(text), {});
    if (const auto found = kept_.find(key)) {
      auto translation = read(found->json, sentences.size());
      if (translation) return translation;
      log_warning("a kept translation does not read and is made again: {}",
                  translation.error().message);
    }
    if (kept_.is_mediated()) {
      const auto result = kept_.ask(key, text, {}, request.stop);
      if (!result) return result.error();
      return read(result->json, sentences.size());
    }
    auto translation = model_->translate(sentences, request);
    if (translation) {
      kept_.keep(key, to_json(TranslatedSentences{request.target_language, *translation}));
    }
    return translation;
  }

 private:
  static Result<std::vector<std::string>> read(const std::string& json, std::size_t count) {
    auto translation = translation_from_json(json);
    if (!translation) return translation.error();
    if (translation->sentences.size() != count) {
      return make_error(ErrorCode::kInternal, "{} sentences came back, {} were given",
                        translation->sentences.size(), count);
    }
    return std::move(translation->sentences);
  }

  const std::shared_ptr<Translator> model_;
  const KeptWork kept_;
};

}  // namespace

std::shared_ptr<Recognizer> make_kept_recognizer(std::shared_ptr<Recognizer> model,
                                                 ModelTraits traits, JobWork work) {
  return std::make_shared<KeptRecognizer>(std::move(model), std::move(traits), std::move(work));
}

std::shared_ptr<Translator> make_kept_translator(std::shared_ptr<Translator> model,
                                                 ModelTraits traits, JobWork work) {
  return std::make_shared<KeptTranslator>(std::move(model), std::move(traits), std::move(work));
}

}  // namespace subtide
