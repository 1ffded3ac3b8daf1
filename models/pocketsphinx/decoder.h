#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// One word of pocketsphinx's, without the marks of its dictionary.
struct SphinxWord {
  std::string text;
  TimeSpan span;  ///< from the first sample of its stretch
  float confidence = 1.0F;
};

/// One pocketsphinx decoder with the US English model; keeps nothing from call to call.
///
/// The voice's colour is levelled over all stretches of a call together (their mean cepstrum), and
/// each stretch is an utterance of its own. So the result depends on the arguments alone.
///
/// Owner: the caller. Threads: one at a time.
/// Errors: create(): kNotFound, kInternal. decode(): kUnavailable (stopped), kInternal.
class SphinxDecoder {
 public:
  static Result<std::unique_ptr<SphinxDecoder>> create(const std::filesystem::path& model_folder);
  ~SphinxDecoder();
  SphinxDecoder(const SphinxDecoder&) = delete;
  SphinxDecoder& operator=(const SphinxDecoder&) = delete;

  /// Words of each stretch of 16 kHz samples.
  Result<std::vector<std::vector<SphinxWord>>> decode(
      const std::vector<std::span<const std::int16_t>>& stretches,
      const RecognitionRequest& request);

 private:
  struct State;
  explicit SphinxDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
