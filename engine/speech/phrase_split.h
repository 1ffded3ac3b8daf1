#pragma once

#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// Makes word times fit for use, whatever the model said: inside `span`, never backwards, never
/// negative in length; confidences from 0 to 1; words without text are taken out.
void tidy_words(Transcript& transcript, TimeSpan span);

/// Cuts the words of a transcript into phrases: where the model says that one starts, after the end
/// of a sentence (punctuated transcripts only), and at pauses of more than 0.6 s.
std::vector<Phrase> split_phrases(const Transcript& transcript);

}  // namespace subtide
