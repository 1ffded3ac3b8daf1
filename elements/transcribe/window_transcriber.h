#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/speech/ports.h"

namespace subtide {

/// What one window gave: phrases and gaps inside its span, in order.
struct TranscribedWindow {
  TimeSpan span;
  std::vector<Phrase> phrases;
  std::vector<Gap> gaps;
  std::optional<Error> failure;  ///< why there are no phrases
  std::string language;          ///< as heard; empty when unknown
  std::string model;             ///< that wrote it, where it was not the one asked
  MediaDuration heard{0};        ///< audio given to the model
  MediaDuration inference{0};    ///< wall time that the model took
};

/// How a window of a live stream is decoded.
struct LiveOrder {
  bool is_final = false;
  MediaTime edge{0};                              ///< audio had come so far when it was known
  std::chrono::steady_clock::time_point asked{};  ///< when
  SearchEffort effort = SearchEffort::kFull;
  int lesser_model = 0;
};

/// What a window of a live stream gave: plausible words inside its span, in order.
struct LiveDecode {
  LiveOrder order;
  TimeSpan span;
  std::vector<Word> words;
  std::vector<Gap> gaps;
  std::optional<Error> failure;
  std::string language;
  std::string model;
  MediaDuration heard{0};
  MediaDuration inference{0};
};

/// Recognises windows and makes what comes out fit for a stream: times inside the window and in
/// order, nothing implausible, cut into phrases.
///
/// Owner:   the caller; shares the recogniser. Threads: transcribe() from any number at once.
/// Errors:  none; a failed window is a gap with the reason "recognizer_failed",
/// "recognizer_timeout"
///          (kDeadline) or "breaker_open".
class WindowTranscriber {
 public:
  WindowTranscriber(std::shared_ptr<Recognizer> recognizer, RecognitionRequest request)
      : recognizer_(std::move(recognizer)), request_(std::move(request)) {}

  const ModelTraits& traits() const { return recognizer_->traits(); }
  TranscribedWindow transcribe(const AudioWindow& window, std::stop_token stop) const;
  LiveDecode decode(const AudioWindow& window, const LiveOrder& order, std::stop_token stop) const;

 private:
  std::shared_ptr<Recognizer> recognizer_;
  RecognitionRequest request_;
};

}  // namespace subtide
