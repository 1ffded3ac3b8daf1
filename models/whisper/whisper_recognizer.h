#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

enum class WhisperSearch { kBeam, kGreedy };

struct WhisperOptions {
  std::filesystem::path model_file;  ///< in whisper.cpp's ggml format
  std::string spec;                  ///< as shown, such as "whisper:base.en"
  int lanes = 1;                     ///< calls that run at once; further ones wait
  int threads_per_lane = 1;          ///< cores for each call
  MediaDuration max_window = std::chrono::seconds(28);  ///< the model's own limit, at most 30 s
  /// How far the model's segments usually begin and end from the truth; see WordTimingOptions.
  MediaDuration segment_accuracy = std::chrono::milliseconds(200);
  WhisperSearch search = WhisperSearch::kBeam;
  int beam_size = 5;                    ///< as whisper-cli
  bool fits_encoder_to_window = false;  ///< faster on short windows, less accurate: see the README
};

/// Recognises speech with a model that whisper.cpp loads.
///
/// The weights are shared; every window gets a new decoder state, because whisper.cpp seeds its
/// chance (in beam search and in its fallbacks) when a state is made. So the same window gives the
/// same words, whatever was asked before, and whichever lane took it.
///
/// Threads: recognize() from any number; `lanes` run at once, the others wait.
/// Errors:  kNotFound, kBadInput (not a model, damaged), kInvalidArgument, kInternal (memory).
Result<std::shared_ptr<Recognizer>> make_whisper_recognizer(const WhisperOptions& options);

}  // namespace subtide
