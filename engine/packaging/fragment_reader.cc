#include "engine/packaging/fragment_reader.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

namespace subtide {
namespace {

constexpr std::size_t kHeader = 8;
/// A hundred years: no stream of ours runs longer.
constexpr double kLatest = 3'155'760'000;

std::optional<std::uint64_t> number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  if (bytes.size() < at + width) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t index = 0; index < width; ++index) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + index]);
  }
  return value;
}

/// What is in the first box of each type, one inside the other.
std::optional<std::string_view> find(std::string_view bytes,
                                     std::initializer_list<std::string_view> path) {
  for (const std::string_view type : path) {
    for (;;) {
      const auto size = number_at(bytes, 0, 4);
      if (!size || *size < kHeader || *size > bytes.size()) return std::nullopt;
      const std::string_view box = bytes.substr(0, *size);
      if (box.substr(4, 4) == type) {
        bytes = box.substr(kHeader);
        break;
      }
      bytes.remove_prefix(*size);
    }
  }
  return bytes;
}

}  // namespace

std::optional<MediaTime> read_fragment_begin(std::string_view init, std::string_view segment) {
  const auto header = find(init, {"moov", "trak", "mdia", "mdhd"});
  const auto decode = find(segment, {"moof", "traf", "tfdt"});
  if (!header || !decode) return std::nullopt;
  // Behind version, flags and two dates; behind version 1 and flags.
  const auto timescale = number_at(*header, 12, 4);
  const auto ticks = number_at(*decode, 4, 8);
  if (!timescale || *timescale == 0 || !ticks || number_at(*decode, 0, 1) != 1) return std::nullopt;
  const double seconds = static_cast<double>(*ticks) / static_cast<double>(*timescale);
  if (seconds > kLatest) return std::nullopt;
  const std::uint64_t whole = *ticks / *timescale;
  const std::uint64_t rest = *ticks % *timescale;
  return std::chrono::seconds(whole) +
         MediaDuration(static_cast<std::int64_t>(rest * 1'000'000'000 / *timescale));
}

}  // namespace subtide
