#include "engine/speech/checked_recognizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/speech/language_tag.h"
#include "engine/speech/output_check.h"
#include "engine/speech/phrase_split.h"

namespace subtide {
namespace {

CheckedTranscript check(Transcript transcript, const AudioWindow& window,
                        const RecognitionRequest& request) {
  tidy_words(transcript, window.span());
  CheckedTranscript checked = check_output(std::move(transcript), window, request.language);
  if (!has_tag_form(checked.transcript.language)) checked.transcript.language.clear();
  return checked;
}

bool is_worth_another(const CheckedTranscript& checked) {
  if (checked.removed.empty()) return false;
  const bool is_over_silence = std::ranges::all_of(checked.removed, [](const Gap& gap) {
    return gap.reason == to_string(Implausible::kSilence);
  });
  return !is_over_silence || checked.transcript.words.empty();
}

MediaDuration lost(const CheckedTranscript& checked) {
  MediaDuration sum{0};
  for (const Gap& gap : checked.removed) sum += gap.span.duration();
  return sum;
}

Transcript with_gaps(CheckedTranscript checked) {
  auto& gaps = checked.transcript.gaps;
  gaps.insert(gaps.end(), checked.removed.begin(), checked.removed.end());
  std::ranges::stable_sort(gaps, {}, [](const Gap& gap) { return gap.span.begin; });
  return std::move(checked.transcript);
}

class CheckedRecognizer final : public Recognizer {
 public:
  explicit CheckedRecognizer(std::shared_ptr<Recognizer> model) : model_(std::move(model)) {}

  const ModelTraits& traits() const override { return model_->traits(); }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    auto answer = model_->recognize(window, request);
    if (!answer) return answer;
    CheckedTranscript first = check(std::move(*answer), window, request);
    if (request.is_partial || !is_worth_another(first)) return with_gaps(std::move(first));
    RecognitionRequest again = request;
    ++again.attempt;
    auto second_answer = model_->recognize(window, again);
    if (request.stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
    // Any other error may pass: what is kept must not depend on the moment.
    if (!second_answer && second_answer.error().code != ErrorCode::kUnsupported) {
      return second_answer;
    }
    if (!second_answer) return with_gaps(std::move(first));
    CheckedTranscript second = check(std::move(*second_answer), window, request);
    return with_gaps(lost(second) < lost(first) ? std::move(second) : std::move(first));
  }

 private:
  const std::shared_ptr<Recognizer> model_;
};

}  // namespace

std::shared_ptr<Recognizer> make_checked_recognizer(std::shared_ptr<Recognizer> model) {
  return std::make_shared<CheckedRecognizer>(std::move(model));
}

}  // namespace subtide
