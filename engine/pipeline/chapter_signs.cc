// Whether a file may have chapters, by its headers alone: starting a program for each of a thousand
// files costs more than reading them.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>

#include "engine/pipeline/chapters.h"

namespace subtide {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kMostHeader = 64U << 20U;  // of MP4; above it, ffprobe shall look
constexpr std::size_t kMostTag = 16U << 20U;
constexpr std::size_t kSearched = 4U << 20U;
constexpr std::size_t kMostAtoms = 100'000;
constexpr std::string_view kMatroskaChapters = "\x10\x43\xA7\x70"sv;
constexpr std::array kFirstAtoms = {"ftyp"sv, "moov"sv, "mdat"sv, "free"sv,
                                    "skip"sv, "wide"sv, "pnot"sv};

bool has(std::string_view bytes, std::string_view sign) {
  return bytes.find(sign) != std::string_view::npos;
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

Result<bool> found_in(const MediaInput& input, std::uint64_t offset, std::uint64_t count,
                      std::initializer_list<std::string_view> signs) {
  const auto bytes = input.read_at(offset, static_cast<std::size_t>(count));
  if (!bytes) return bytes.error();
  return std::ranges::any_of(signs, [&](std::string_view sign) { return has(*bytes, sign); });
}

/// Chapters are a list of Nero's ("chpl") or a track that others refer to as theirs ("chap").
Result<bool> movie_may_have(const MediaInput& input) {
  std::uint64_t at = 0;
  for (std::size_t count = 0; count < kMostAtoms && at + 8 <= input.size(); ++count) {
    const auto head = input.read_at(at, 16);
    if (!head) return head.error();
    if (head->size() < 8) return false;
    std::uint64_t size = read_number(std::string_view(*head).substr(0, 4));
    if (size == 1 && head->size() == 16) size = read_number(std::string_view(*head).substr(8));
    if (size == 0) size = input.size() - at;
    if (size < 8) return false;
    if (std::string_view(*head).substr(4, 4) == "moov") {
      if (size > kMostHeader) return true;
      return found_in(input, at, size, {"chpl", "chap"});
    }
    if (size > input.size() - at) return false;
    at += size;
  }
  return false;
}

/// Chapters stand before the first cluster or at the end, or the index at the beginning names them.
Result<bool> matroska_may_have(const MediaInput& input) {
  auto found = found_in(input, 0, kSearched, {kMatroskaChapters});
  if (!found || *found || input.size() <= kSearched) return found;
  return found_in(input, input.size() - std::min<std::uint64_t>(input.size(), kSearched), kSearched,
                  {kMatroskaChapters});
}

/// Comments such as CHAPTER001=00:00:10.000, in letters of any case.
Result<bool> comments_may_have(const MediaInput& input) {
  auto bytes = input.read_at(0, kSearched);
  if (!bytes) return bytes.error();
  std::ranges::transform(*bytes, bytes->begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  return has(*bytes, "CHAPTER0");
}

/// Frames of the ID3 tag, whose length has seven bits a byte.
Result<bool> id3_may_have(const MediaInput& input, std::string_view head) {
  std::uint64_t size = 0;
  for (const char byte : head.substr(6, 4)) {
    size = (size << 7U) | (static_cast<unsigned char>(byte) & 0x7FU);
  }
  return found_in(input, 0, std::min<std::uint64_t>(size + 10, kMostTag), {"CHAP"});
}

}  // namespace

Result<bool> may_have_chapters(const MediaInput& input) {
  const auto head = input.read_at(0, 12);
  if (!head) return head.error();
  if (head->size() < 12) return false;
  const std::string_view bytes = *head;
  if (std::ranges::find(kFirstAtoms, bytes.substr(4, 4)) != kFirstAtoms.end()) {
    return movie_may_have(input);
  }
  if (bytes.starts_with("\x1A\x45\xDF\xA3")) return matroska_may_have(input);
  if (bytes.starts_with("OggS") || bytes.starts_with("fLaC")) return comments_may_have(input);
  if (bytes.starts_with("ID3")) return id3_may_have(input, bytes);
  return bytes.starts_with("\x30\x26\xB2\x75");  // ASF: ffprobe shall look
}

}  // namespace subtide
