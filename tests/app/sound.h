#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/atomic_file.h"

namespace subtide {

/// A stretch of test sound: loud noise, which the fake detector takes for speech, or silence.
struct SoundPart {
  double seconds = 1;
  bool is_loud = true;
};

inline void append_number(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
}

/// Writes a mono WAV file at 16 kHz. The same parts give the same bytes.
inline void write_sound(const std::filesystem::path& path, const std::vector<SoundPart>& parts) {
  std::string samples;
  std::uint32_t noise = 1;
  for (const auto& part : parts) {
    for (int i = 0; i < static_cast<int>(part.seconds * 16000); ++i) {
      noise = noise * 1664525U + 1013904223U;
      const auto loud = static_cast<std::uint32_t>(static_cast<std::int32_t>(noise) >> 17);
      append_number(samples, part.is_loud ? loud : 0, 2);
    }
  }
  const auto size = static_cast<std::uint32_t>(samples.size());
  std::string bytes = "RIFF";
  append_number(bytes, 36 + size, 4);
  bytes += "WAVEfmt ";
  for (const auto& [value, count] : std::vector<std::pair<std::uint32_t, int>>{
           {16, 4}, {1, 2}, {1, 2}, {16000, 4}, {32000, 4}, {2, 2}, {16, 2}}) {
    append_number(bytes, value, count);
  }
  bytes += "data";
  append_number(bytes, size, 4);
  const auto written = write_file_atomically(path, bytes + samples, AtomicFile::IfExists::kReplace);
  if (!written) throw std::runtime_error(written.error().message);
}

}  // namespace subtide
