#pragma once

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// Detects speech by loudness above a noise floor that follows the recording. Needs no model file
/// and takes any loud sound for speech, music too; says so in its traits.
///
/// Threads: open_stream() from any; a stream from one at a time. Errors: none.
std::shared_ptr<SpeechDetector> make_energy_detector();

}  // namespace subtide
