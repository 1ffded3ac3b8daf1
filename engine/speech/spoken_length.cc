#include "engine/speech/spoken_length.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace subtide {
namespace {

// Seconds, from the fit.
constexpr double kWordSeconds = 0.145;
constexpr double kShortWordSeconds = 0.055;
constexpr double kVowelGroupSeconds = 0.062;
constexpr double kConsonantSeconds = 0.029;
constexpr double kDigitSeconds = 0.25;
constexpr double kBeforePauseSeconds = 0.12;
constexpr double kAlphabeticSeconds = 0.07;  ///< a letter outside Latin
constexpr double kSyllabicSeconds = 0.18;    ///< a Han character, a kana, a Hangul syllable
constexpr double kLeastSeconds = 0.05;
constexpr int kShort = 3;

enum class Sound { kVowel, kConsonant, kDigit, kAlphabetic, kSyllabic, kSilent };

/// Accented Latin letters are vowels more often than not.
Sound sound_of(char32_t c) {
  constexpr std::u32string_view kVowels = U"aeiouyAEIOUY";
  if (kVowels.find(c) != std::u32string_view::npos) return Sound::kVowel;
  if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z')) return Sound::kConsonant;
  if (c >= U'0' && c <= U'9') return Sound::kDigit;
  if (c == 0xE7 || c == 0xF1 || c == 0xC7 || c == 0xD1) return Sound::kConsonant;
  if (c >= 0xC0 && c < 0x250) return Sound::kVowel;
  if (c >= 0x370 && c < 0x1100) return Sound::kAlphabetic;
  const bool is_syllabic = (c >= 0x3040 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0);
  return is_syllabic ? Sound::kSyllabic : Sound::kSilent;
}

/// The character that starts at `at`, which moves on. Malformed bytes count as silent.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) c = (c << 6U) | (byte(at + i) & 0x3FU);
  at += length;
  return c;
}

struct Counts {
  std::array<int, 6> sounds{};
  int of(Sound sound) const { return sounds[static_cast<std::size_t>(sound)]; }
};

/// Vowels in a row count once, and so does a silent final e not at all.
Counts count_sounds(std::string_view word) {
  Counts counts;
  Sound last = Sound::kSilent;
  char32_t last_character = 0;
  for (std::size_t at = 0; at < word.size();) {
    const char32_t c = next_character(word, at);
    const Sound sound = sound_of(c);
    const bool continues = sound == Sound::kVowel && last == Sound::kVowel;
    if (!continues) ++counts.sounds[static_cast<std::size_t>(sound)];
    if (sound != Sound::kSilent) last_character = c;
    last = sound;
  }
  if (last_character == U'e' && counts.of(Sound::kVowel) > 1) {
    --counts.sounds[static_cast<std::size_t>(Sound::kVowel)];
  }
  return counts;
}

}  // namespace

double spoken_length(std::string_view word, SpokenPlace place) {
  const Counts counts = count_sounds(word);
  const int latin = counts.of(Sound::kVowel) + counts.of(Sound::kConsonant);
  double seconds = latin == 0 ? 0.0 : latin <= kShort ? kShortWordSeconds : kWordSeconds;
  seconds += kVowelGroupSeconds * counts.of(Sound::kVowel);
  seconds += kConsonantSeconds * counts.of(Sound::kConsonant);
  seconds += kDigitSeconds * counts.of(Sound::kDigit);
  seconds += kAlphabeticSeconds * counts.of(Sound::kAlphabetic);
  seconds += kSyllabicSeconds * counts.of(Sound::kSyllabic);
  if (place == SpokenPlace::kBeforePause) seconds += kBeforePauseSeconds;
  return std::max(seconds, kLeastSeconds);
}

}  // namespace subtide
