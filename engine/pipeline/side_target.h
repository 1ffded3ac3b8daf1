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
/// Whether it is written to a disk; else it is sent.
bool is_file(SideOutputKind kind);

}  // namespace subtide
