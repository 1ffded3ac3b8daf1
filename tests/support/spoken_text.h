#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// How a sentence is spoken by espeak-ng.
struct SpeakingVoice {
  std::string name = "en-us";  ///< with a variant, such as "en-us+f2"
  int words_per_minute = 165;
  int pitch = 50;
};

/// Speech at 16 kHz, and when each of its words is spoken.
struct SpokenText {
  std::vector<std::int16_t> samples;
  std::vector<Word> words;                 ///< times count from the first sample
  std::vector<std::size_t> phrase_starts;  ///< the first word of each sentence

  std::string text() const { return to_text(words); }
};

/// Speaks one sentence. Word begins are those that espeak-ng tells; a word ends where the next
/// begins, the last one where the sound ends. The same text and voice give the same samples.
/// Throws std::runtime_error when espeak-ng fails. Threads: any (one at a time inside).
SpokenText speak(const std::string& text, const SpeakingVoice& voice);

/// The mini Whisper's grammar: sentences and voices drawn from it by a seed.
class SpokenGrammar {
 public:
  /// `grammar_file` is mini-grammar.json. Throws std::runtime_error when it cannot be read.
  SpokenGrammar(const std::filesystem::path& grammar_file, std::uint32_t seed);
  SpokenGrammar(SpokenGrammar&&) noexcept;
  ~SpokenGrammar();

  std::string sentence();
  SpeakingVoice voice();

  /// `sentences` of them, one after the other, each in a voice of its own, with silences between
  /// and faint noise throughout.
  SpokenText programme(int sentences);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The windows that a recogniser would get: whole sentences with a margin, silence between them
/// left out, as many as fit into `maximum`.
std::vector<std::shared_ptr<const AudioWindow>> pack_sentences(const SpokenText& spoken,
                                                               MediaDuration maximum);

}  // namespace subtide
