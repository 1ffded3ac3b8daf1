#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// A word of a test programme: a tone that the recogniser `fake:{"tones": true}` hears.
struct ToneWord {
  std::string text;  ///< "t0" … "t59"
  TimeSpan span;
};

/// How words follow each other.
struct ToneSpeech {
  MediaDuration first = std::chrono::milliseconds(500);  ///< begin of the first word
  MediaDuration word = std::chrono::milliseconds(250);
  MediaDuration pause = std::chrono::milliseconds(150);  ///< between words
  int sentence = 8;                                      ///< words
  MediaDuration rest = std::chrono::milliseconds(1200);  ///< between sentences
};

/// The words of a programme of that length; "t0", "t1", … and from the start again.
std::vector<ToneWord> tone_words(MediaDuration length, const ToneSpeech& speech = {});

/// The programme as mono samples at `rate`.
std::vector<std::int16_t> tone_samples(const std::vector<ToneWord>& words, MediaDuration length,
                                       int rate);

/// The programme as a WAV file, mono, 48 kHz.
void write_tone_speech(const std::filesystem::path& path, const std::vector<ToneWord>& words,
                       MediaDuration length);

}  // namespace subtide
