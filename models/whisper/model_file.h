#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.h"

namespace subtide {

/// What a Whisper model file says about itself.
struct WhisperModelFacts {
  bool is_multilingual = false;
  std::uintmax_t bytes = 0;
};

/// Walks a Whisper model file in ggml format from start to end without reading its weights.
///
/// whisper.cpp trusts the sizes in a file, and takes a short last tensor for a whole one; so a
/// damaged file is found here, before it is loaded.
///
/// Errors: kNotFound, kDenied, kBadInput (not a Whisper model, cut off, damaged, without weights).
Result<WhisperModelFacts> inspect_whisper_model(const std::filesystem::path& file);

/// The same for a Silero model in whisper.cpp's format.
Status inspect_silero_model(const std::filesystem::path& file);

}  // namespace subtide
