#include "engine/pipeline/movie_end.h"

#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace subtide {
namespace {

constexpr std::uint64_t kShortHeader = 8;
constexpr std::uint64_t kLongHeader = 16;

struct Box {
  std::string type;
  std::uint64_t size = 0;
};

std::uint64_t number(const char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Nothing where no whole header is, or none that makes sense.
std::optional<Box> read_box(std::ifstream& file, std::uint64_t at) {
  std::array<char, kLongHeader> header{};
  file.clear();
  file.seekg(static_cast<std::streamoff>(at));
  file.read(header.data(), header.size());
  const auto count = static_cast<std::uint64_t>(file.gcount());
  if (count < kShortHeader) return std::nullopt;
  Box box{std::string(header.data() + 4, 4), number(header.data(), 4)};
  const bool is_long = box.size == 1;
  if (is_long && count < kLongHeader) return std::nullopt;
  if (is_long) box.size = number(header.data() + 8, 8);
  if (box.size < (is_long ? kLongHeader : kShortHeader)) return std::nullopt;
  return box;
}

}  // namespace

Result<std::uint64_t> end_of_fragments(const std::filesystem::path& path) {
  std::error_code failure;
  const std::uint64_t size = std::filesystem::file_size(path, failure);
  std::ifstream file(path, std::ios::binary);
  if (failure || !file) return make_error(ErrorCode::kIo, "{}: cannot be read", path.string());
  std::uint64_t whole = 0;
  bool has_movie = false;
  for (std::uint64_t at = 0; at < size;) {
    const auto box = read_box(file, at);
    if (!box || box->size > size - at) break;
    at += box->size;
    has_movie = has_movie || box->type == "moov";
    if (box->type != "moof") whole = at;  // of a fragment the media follows
  }
  return has_movie ? whole : size;
}

Status cut_behind_fragments(const std::filesystem::path& path) {
  const auto end = end_of_fragments(path);
  if (!end) return end.error();
  std::error_code failure;
  if (std::filesystem::file_size(path, failure) == *end && !failure) return ok();
  std::filesystem::resize_file(path, *end, failure);
  if (!failure) return ok();
  return make_error(ErrorCode::kIo, "{}: {}", path.string(), failure.message());
}

}  // namespace subtide
