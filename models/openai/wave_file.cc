#include "models/openai/wave_file.h"

#include "engine/speech/audio_window.h"

namespace subtide {
namespace {

void put(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

}  // namespace

std::string to_wave_file(std::span<const std::int16_t> samples) {
  constexpr std::uint32_t kRate = kSpeechSampleRate;
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  std::string bytes = "RIFF";
  bytes.reserve(44 + size);
  put(bytes, 36 + size, 4);
  bytes += "WAVEfmt ";
  put(bytes, 16, 4);         // size of the format
  put(bytes, 1, 2);          // PCM
  put(bytes, 1, 2);          // channels
  put(bytes, kRate, 4);      // samples a second
  put(bytes, kRate * 2, 4);  // bytes a second
  put(bytes, 2, 2);          // bytes a frame
  put(bytes, 16, 2);         // bits a sample
  bytes += "data";
  put(bytes, size, 4);
  for (const auto sample : samples) put(bytes, static_cast<std::uint16_t>(sample), 2);
  return bytes;
}

}  // namespace subtide
