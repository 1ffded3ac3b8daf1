#pragma once

#include <vector>

#include "engine/speech/audio_window.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// Hears tones as words: "t0" is 300 Hz, "t1" 350 Hz, … "t59" 3250 Hz. What it hears is in the
/// sound itself and owes nothing to a script, so a test can compare when a word was played with
/// when each output says it was. Encoding, resampling and a fade of some milliseconds do not
/// matter.
///
/// A tone that is cut at the begin of a piece belongs to what came before, unless most of it is
/// there; one that is cut at the end is a word so far.
///
/// Time:    media time, exact to some milliseconds. Threads: any. Errors: none.
std::vector<Word> hear_tones(const AudioWindow& window);

}  // namespace subtide
