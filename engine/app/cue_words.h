#pragma once

#include <vector>

#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The cue as a phrase: its own timed words where it has them, else the words of its lines, which
/// share the cue's span by length. Nothing for a cue without text.
std::vector<Phrase> phrase_of(const Cue& cue);

}  // namespace subtide
