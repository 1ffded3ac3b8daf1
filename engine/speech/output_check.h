#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/phrase.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// Why words were not believed. Judged by structure alone, never by what they say.
enum class Implausible {
  kLoop,      ///< the same words again and again
  kTooDense,  ///< more than 25 characters for each second of audio
  kSilence,   ///< words where there is nothing to hear
  kLanguage,  ///< another language than the one that was asked for
  kNotText,   ///< wrong UTF-8, control characters, or longer than any word
  kEmpty,     ///< no words at all where there is much to hear
};

/// Stable names for events: "output_loop", "output_too_dense", "output_over_silence",
/// "output_wrong_language", "output_not_text", "output_empty".
std::string_view to_string(Implausible reason);

/// Whether words were there and not believed: another try would leave the same gap.
bool is_disbelieved(const Gap& gap);

/// A transcript without the words that cannot be true, and where they were.
struct CheckedTranscript {
  Transcript transcript;     ///< may be left without words
  std::vector<Gap> removed;  ///< in order; empty: everything was kept
};

/// Takes out of `transcript` what `window` cannot have said in `language` ("auto": any):
///   - everything, when the model tells another language (regions and scripts aside);
///   - words that are no text;
///   - repetitions of the same words one after the other: the first occurrence is kept. Loops are
///     six of one word, four of two words, three of three to ten words (people do say "no, no,
///     no"); case and punctuation do not count;
///   - everything, when there are more than 25 characters a second (at least one second counts);
///   - words with nothing louder than -60 dBFS within 0.3 s around them.
/// A transcript that came without words is one gap over the window when at least three seconds of
/// it are louder than -36 dBFS. The transcript's own gaps stay in it.
CheckedTranscript check_output(Transcript transcript, const AudioWindow& window,
                               std::string_view language = "auto");

}  // namespace subtide
