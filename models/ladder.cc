#include "models/ladder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

template <typename Model>
struct Rung {
  std::shared_ptr<Model> model;
  std::unique_ptr<CircuitBreaker> breaker;
};

void add_languages(ModelTraits& traits, const ModelTraits& other) {
  if (traits.languages.empty()) return;  // any already
  if (other.languages.empty()) {
    traits.languages.clear();
    return;
  }
  for (const auto& language : other.languages) {
    if (std::find(traits.languages.begin(), traits.languages.end(), language) ==
        traits.languages.end()) {
      traits.languages.push_back(language);
    }
  }
}

template <typename Model>
ModelTraits joined_traits(const std::vector<std::shared_ptr<Model>>& models) {
  ModelTraits traits = models.front()->traits();
  for (std::size_t i = 1; i < models.size(); ++i) {
    const auto& other = models[i]->traits();
    traits.spec += "," + other.spec;
    traits.max_window = std::min(traits.max_window, other.max_window);
    traits.is_punctuated = traits.is_punctuated && other.is_punctuated;
    traits.detail += "; else " + other.spec;
    add_languages(traits, other);
  }
  return traits;
}

template <typename Model>
class Ladder {
 public:
  Ladder(std::vector<std::shared_ptr<Model>> models, LadderOptions options)
      : options_(std::move(options)), traits_(joined_traits(models)) {
    for (auto& model : models) {
      rungs_.push_back({std::move(model), std::make_unique<CircuitBreaker>(options_.breaker)});
    }
  }

  const ModelTraits& traits() const { return traits_; }

  // Tries `call` on rung after rung. When every breaker is open the last rung is asked all the
  // same: an answer late is better than none.
  template <typename Call>
  auto try_all(const std::stop_token& stop, Call call) {
    auto answer = decltype(call(*rungs_.front().model))(
        make_error(ErrorCode::kUnavailable, "{}: none of them is fit to be asked", traits_.spec));
    bool was_asked = false;
    for (auto& rung : rungs_) {
      const bool is_last = &rung == &rungs_.back();
      if (!rung.breaker->allows(options_.now()) && (!is_last || was_asked)) continue;
      was_asked = true;
      answer = call(*rung.model);
      if (judge(rung, answer, stop)) return answer;
    }
    return answer;
  }

 private:
  // True when the answer is to be given as it is.
  template <typename Answer>
  bool judge(Rung<Model>& rung, const Answer& answer, const std::stop_token& stop) {
    if (answer) {
      rung.breaker->succeeded();
      return true;
    }
    if (stop.stop_requested()) {
      rung.breaker->abandoned();
      return true;
    }
    if (answer.error().code == ErrorCode::kUnsupported) {
      rung.breaker->abandoned();
    } else {
      rung.breaker->failed(options_.now());
      log_warning("{} failed: {}", rung.model->traits().spec, answer.error().message);
    }
    return false;
  }

  LadderOptions options_;
  ModelTraits traits_;
  std::vector<Rung<Model>> rungs_;
};

class RecognizerLadder : public Recognizer {
 public:
  RecognizerLadder(std::vector<std::shared_ptr<Recognizer>> rungs, LadderOptions options)
      : ladder_(std::move(rungs), std::move(options)) {}
  const ModelTraits& traits() const override { return ladder_.traits(); }
  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    return ladder_.try_all(request.stop,
                           [&](Recognizer& model) { return model.recognize(window, request); });
  }

 private:
  Ladder<Recognizer> ladder_;
};

class TranslatorLadder : public Translator {
 public:
  TranslatorLadder(std::vector<std::shared_ptr<Translator>> rungs, LadderOptions options)
      : ladder_(std::move(rungs), std::move(options)) {}
  const ModelTraits& traits() const override { return ladder_.traits(); }
  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    return ladder_.try_all(request.stop,
                           [&](Translator& model) { return model.translate(sentences, request); });
  }

 private:
  Ladder<Translator> ladder_;
};

}  // namespace

std::shared_ptr<Recognizer> make_recognizer_ladder(std::vector<std::shared_ptr<Recognizer>> rungs,
                                                   LadderOptions options) {
  return std::make_shared<RecognizerLadder>(std::move(rungs), std::move(options));
}

std::shared_ptr<Translator> make_translator_ladder(std::vector<std::shared_ptr<Translator>> rungs,
                                                   LadderOptions options) {
  return std::make_shared<TranslatorLadder>(std::move(rungs), std::move(options));
}

}  // namespace subtide
