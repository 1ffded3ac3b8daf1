#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/speech/ports.h"

namespace subtide {

/// A recogniser as `auto` hands it out: with a note for people, and English for a language that was
/// left open where the model knows nothing else.
class NotedRecognizer : public Recognizer {
 public:
  NotedRecognizer(std::shared_ptr<Recognizer> model, const std::string& note, bool assumes_english)
      : model_(std::move(model)), traits_(model_->traits()), assumes_english_(assumes_english) {
    traits_.detail += (traits_.detail.empty() ? "" : "; ") + note;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    if (!assumes_english_ || request.language != "auto") return model_->recognize(window, request);
    RecognitionRequest english = request;
    english.language = "en";
    return model_->recognize(window, english);
  }

 private:
  std::shared_ptr<Recognizer> model_;
  ModelTraits traits_;
  bool assumes_english_;
};

}  // namespace subtide
