#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// Reads the JSON answer of a transcription server: `verbose_json` with words in the segments
/// (whisper.cpp's server: pieces of words; faster-whisper: words), with words beside the segments
/// (OpenAI: without punctuation, which then comes from the text), with segments alone, or `json`
/// with nothing but text.
///
/// Time:   the words of the result are in media time, in order, inside the window.
/// Errors: kBadInput, without any text of the answer.
Result<Transcript> read_transcription(std::string_view json, const AudioWindow& window);

}  // namespace subtide
