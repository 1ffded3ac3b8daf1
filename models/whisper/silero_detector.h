#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// Detects speech with the Silero model that whisper.cpp loads, one thread a stream.
///
/// Every stream loads the file (0.9 MB) for itself, since the model's memory of the past lives in
/// whisper.cpp's context.
///
/// Threads: open_stream() from any; a stream from one at a time.
/// Errors:  kNotFound, kBadInput (not a Silero model, damaged).
Result<std::shared_ptr<SpeechDetector>> make_silero_detector(const std::filesystem::path& file);

}  // namespace subtide
