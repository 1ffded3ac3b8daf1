#include "engine/pipeline/side_target.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "engine/ingest/source_address.h"

namespace subtide {

Result<SideOutputTarget> push_target(const std::string& uri) {
  const auto address = parse_source_address(uri);
  if (!address) return address.error();
  if (address->kind == SourceKind::kSrt)
    return SideOutputTarget{SideOutputKind::kSrt, uri, address->shown};
  if (address->kind == SourceKind::kRtmp) {
    return SideOutputTarget{SideOutputKind::kRtmp, uri, address->shown};
  }
  return make_error(ErrorCode::kUnsupported, "{}: can only be sent to srt:// and rtmp:// addresses",
                    address->shown);
}

Result<SideOutputTarget> record_target(const std::string& path) {
  if (path.ends_with(".mp4")) return SideOutputTarget{SideOutputKind::kMp4, path, path};
  if (path.ends_with(".mkv")) return SideOutputTarget{SideOutputKind::kMatroska, path, path};
  return make_error(ErrorCode::kUnsupported, "{}: a recording's name ends in .mp4 or .mkv", path);
}

SideOutputTarget next_file(const SideOutputTarget& file) {
  const std::filesystem::path path = file.address;
  std::error_code ignored;
  std::filesystem::path next;
  int number = 2;
  do {
    next = path.parent_path() /
           fmt::format("{}-{}{}", path.stem().string(), number++, path.extension().string());
  } while (std::filesystem::exists(next, ignored));
  return {file.kind, next.string(), next.string()};
}

bool is_file(SideOutputKind kind) {
  return kind == SideOutputKind::kMp4 || kind == SideOutputKind::kMatroska;
}

}  // namespace subtide
