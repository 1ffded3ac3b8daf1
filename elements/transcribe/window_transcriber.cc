#include "elements/transcribe/window_transcriber.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/speech/output_check.h"
#include "engine/speech/phrase_split.h"

namespace subtide {
namespace {

std::string reason_of(ErrorCode code) {
  if (code == ErrorCode::kDeadline) return "recognizer_timeout";
  if (code == ErrorCode::kBreakerOpen) return "breaker_open";
  return "recognizer_failed";
}

}  // namespace

TranscribedWindow WindowTranscriber::transcribe(const AudioWindow& window,
                                                std::stop_token stop) const {
  TranscribedWindow result;
  result.span = window.span();
  result.heard = window.duration();
  RecognitionRequest request = request_;
  request.stop = std::move(stop);
  const auto before = std::chrono::steady_clock::now();
  auto transcript = recognizer_->recognize(window, request);
  result.inference = std::chrono::steady_clock::now() - before;
  if (!transcript) {
    result.gaps.push_back({result.span, reason_of(transcript.error().code)});
    result.failure = transcript.error();
    return result;
  }
  // The program's models check their own answers before those are kept; what comes from a store or
  // another process is not trusted to have gone that way.
  tidy_words(*transcript, result.span);
  CheckedTranscript checked = check_output(std::move(*transcript), window, request.language);
  result.phrases = split_phrases(checked.transcript);
  result.gaps = std::move(checked.transcript.gaps);
  result.gaps.insert(result.gaps.end(), checked.removed.begin(), checked.removed.end());
  std::ranges::stable_sort(result.gaps, {}, [](const Gap& gap) { return gap.span.begin; });
  result.language = checked.transcript.language;
  result.model = checked.transcript.model;
  return result;
}

LiveDecode WindowTranscriber::decode(const AudioWindow& window, const LiveOrder& order,
                                     std::stop_token stop) const {
  LiveDecode result;
  result.order = order;
  result.span = window.span();
  result.heard = window.duration();
  RecognitionRequest request = request_;
  request.stop = std::move(stop);
  request.is_partial = !order.is_final;
  request.audio_context = AudioContext::kWindow;
  // A partial window is heard again soon, and with more behind its last words.
  request.effort = order.is_final ? order.effort : SearchEffort::kQuick;
  request.lesser_model = order.lesser_model;
  const auto before = std::chrono::steady_clock::now();
  auto transcript = recognizer_->recognize(window, request);
  result.inference = std::chrono::steady_clock::now() - before;
  if (!transcript) {
    result.gaps.push_back({result.span, reason_of(transcript.error().code)});
    result.failure = transcript.error();
    return result;
  }
  tidy_words(*transcript, result.span);
  CheckedTranscript checked = check_output(std::move(*transcript), window, request.language);
  result.words = std::move(checked.transcript.words);
  result.gaps = std::move(checked.transcript.gaps);
  result.gaps.insert(result.gaps.end(), checked.removed.begin(), checked.removed.end());
  std::ranges::stable_sort(result.gaps, {}, [](const Gap& gap) { return gap.span.begin; });
  result.language = std::move(checked.transcript.language);
  result.model = std::move(checked.transcript.model);
  return result;
}

}  // namespace subtide
