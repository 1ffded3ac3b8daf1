#pragma once

#include <string>

#include "engine/base/result.h"

namespace subtide {

enum class SideOutputKind {
  kSrt,   ///< MPEG-TS
  kRtmp,  ///< FLV
  kMp4,   ///< fragmented, whole at the end
  kMatroska,
};

/// One more place that a live stream goes to.
struct SideOutputTarget {
  SideOutputKind kind = SideOutputKind::kMatroska;
  std::string address;  ///< URI, or path
  std::string shown;    ///< for messages, without secrets
};

/// "srt://…", "rtmp://…", "rtmps://…". Errors: kUnsupported, kInvalidArgument.
Result<SideOutputTarget> push_target(const std::string& uri);
/// A path that ends in .mp4 or .mkv. Errors: kUnsupported.
Result<SideOutputTarget> record_target(const std::string& path);
/// Where a recording goes on that had to stop: "talk-2.mp4" behind "talk.mp4"; the first such name
/// that is free.
SideOutputTarget next_file(const SideOutputTarget& file);
/// Whether it is written to a disk; else it is sent.
bool is_file(SideOutputKind kind);

}  // namespace subtide
