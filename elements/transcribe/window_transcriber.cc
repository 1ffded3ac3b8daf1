#include "elements/transcribe/window_transcriber.h"

#include <glib.h>

#include <chrono>
#include <utility>

#include "engine/gst/pointer.h"
#include "engine/speech/output_check.h"
#include "engine/speech/phrase_split.h"

namespace subtide {
namespace {

constexpr const char* kFailed = "recognizer_failed";

void make_valid_utf8(Transcript& transcript) {
  for (Word& word : transcript.words) {
    const auto size = static_cast<gssize>(word.text.size());
    if (g_utf8_validate(word.text.data(), size, nullptr)) continue;
    word.text = TextPtr(g_utf8_make_valid(word.text.data(), size)).get();
  }
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
    result.gaps.push_back({result.span, kFailed});
    result.failure = transcript.error();
    return result;
  }
  make_valid_utf8(*transcript);
  tidy_words(*transcript, result.span);
  CheckedTranscript checked = check_output(std::move(*transcript), window);
  result.phrases = split_phrases(checked.transcript);
  result.gaps = std::move(checked.removed);
  result.language = checked.transcript.language;
  result.model = checked.transcript.model;
  return result;
}

}  // namespace subtide
