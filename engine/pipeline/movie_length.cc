#include "engine/pipeline/movie_length.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace subtide {
namespace {

using Bytes = std::span<std::uint8_t>;

constexpr std::size_t kAtomHeader = 8;

std::uint64_t read_number(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = (value << 8) | byte;
  return value;
}

void write_number(Bytes bytes, std::uint64_t value) {
  for (std::size_t i = bytes.size(); i-- > 0; value >>= 8) {
    bytes[i] = static_cast<std::uint8_t>(value & 0xFF);
  }
}

bool is_atom(Bytes bytes, std::string_view type) {
  return bytes.size() >= kAtomHeader && std::equal(type.begin(), type.end(), bytes.begin() + 4);
}

/// The child atoms of that type, each with its header, in order.
std::vector<Bytes> find_children(Bytes parent, std::string_view type) {
  std::vector<Bytes> found;
  if (parent.size() < kAtomHeader) return found;
  for (Bytes rest = parent.subspan(kAtomHeader); rest.size() >= kAtomHeader;) {
    const std::uint64_t size = read_number(rest.first(4));
    if (size < kAtomHeader || size > rest.size()) break;
    const Bytes child = rest.first(static_cast<std::size_t>(size));
    if (is_atom(child, type)) found.push_back(child);
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return found;
}

/// What a movie header and a media header tell alike.
struct ToldLength {
  std::uint64_t scale = 0;  ///< ticks a second
  std::uint64_t ticks = 0;
  Bytes field;  ///< where the ticks stand

  double seconds() const { return static_cast<double>(ticks) / static_cast<double>(scale); }
};

std::optional<ToldLength> read_length(Bytes header) {
  // Header, version and flags, two dates (4 or 8 bytes each), time scale, length (4 or 8 bytes).
  const bool is_long = header.size() > kAtomHeader && header[kAtomHeader] == 1;
  const std::size_t scale_at = kAtomHeader + 4 + (is_long ? 16 : 8);
  const std::size_t length_size = is_long ? 8 : 4;
  if (header.size() < scale_at + 4 + length_size) return std::nullopt;
  const Bytes field = header.subspan(scale_at + 4, length_size);
  const ToldLength told{read_number(header.subspan(scale_at, 4)), read_number(field), field};
  // Zero and all ones mean "unknown".
  const std::uint64_t unknown = is_long ? ~std::uint64_t{0} : 0xFFFFFFFF;
  if (told.scale == 0 || told.ticks == 0 || told.ticks == unknown) return std::nullopt;
  return told;
}

double longest_media(Bytes moov) {
  double longest = 0;
  for (const Bytes track : find_children(moov, "trak")) {
    for (const Bytes media : find_children(track, "mdia")) {
      for (const Bytes header : find_children(media, "mdhd")) {
        if (const auto told = read_length(header)) longest = std::max(longest, told->seconds());
      }
    }
  }
  return longest;
}

using Read = std::span<const std::uint8_t>;

/// Those that qtdemux looks into, and how many bytes stand before their first child.
constexpr std::array<std::pair<std::string_view, std::size_t>, 15> kContainers{{{"moov", 8},
                                                                                {"moof", 8},
                                                                                {"trak", 8},
                                                                                {"traf", 8},
                                                                                {"mdia", 8},
                                                                                {"minf", 8},
                                                                                {"stbl", 8},
                                                                                {"udta", 8},
                                                                                {"edts", 8},
                                                                                {"mvex", 8},
                                                                                {"dinf", 8},
                                                                                {"ilst", 8},
                                                                                {"schi", 8},
                                                                                {"sinf", 8},
                                                                                {"meta", 12}}};

std::size_t children_at(Read atom) {
  const std::string_view type(reinterpret_cast<const char*>(atom.data()) + 4, 4);
  const auto* known =
      std::ranges::find(kContainers, type, &std::pair<std::string_view, std::size_t>::first);
  return known == kContainers.end() ? 0 : known->second;
}

}  // namespace

std::size_t longest_atom_row(Read atom) {
  std::size_t longest = 0;
  std::vector<Read> to_look_into{atom};
  while (!to_look_into.empty()) {
    const Read parent = to_look_into.back();
    to_look_into.pop_back();
    const std::size_t begin = parent.size() < kAtomHeader ? 0 : children_at(parent);
    if (begin == 0 || parent.size() < begin) continue;
    std::size_t row = 0;
    for (Read rest = parent.subspan(begin); rest.size() >= kAtomHeader; ++row) {
      const std::uint64_t size = read_number(rest.first(4));
      if (size < kAtomHeader || size > rest.size()) break;
      to_look_into.push_back(rest.first(static_cast<std::size_t>(size)));
      rest = rest.subspan(static_cast<std::size_t>(size));
    }
    longest = std::max(longest, row);
  }
  return longest;
}

std::optional<MediaDuration> stretch_movie_length(Bytes moov) {
  if (!is_atom(moov, "moov")) return std::nullopt;
  const auto headers = find_children(moov, "mvhd");
  if (headers.empty()) return std::nullopt;
  const auto movie = read_length(headers.front());
  if (!movie) return std::nullopt;
  const double media = longest_media(moov);
  if (media <= movie->seconds()) return std::nullopt;
  const double ticks = std::ceil(media * static_cast<double>(movie->scale)) + 1;
  if (ticks >= 0xFFFFFFFF) return std::nullopt;
  write_number(movie->field, static_cast<std::uint64_t>(ticks));
  return from_seconds(movie->seconds());
}

}  // namespace subtide
