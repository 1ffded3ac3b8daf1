#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

enum class SourceKind { kSrt, kRtmp, kRtsp, kUdp, kRtp, kHls, kHttp, kFile };

/// "srt", "rtmp", "rtsp", "udp", "rtp", "hls", "http", "file".
std::string_view to_string(SourceKind kind);

/// Where a live source is, as the user named it. The kinds are an allowlist: no other scheme gets
/// as far as GStreamer.
struct SourceAddress {
  SourceKind kind = SourceKind::kFile;
  std::string uri;    ///< as given, with its secrets
  std::string shown;  ///< for messages: without user, password, query and stream key
  std::string path;   ///< of a file
  std::string host;   ///< of udp and rtp; empty: any
  int port = 0;       ///< of udp and rtp

  /// Whether its end means that it was lost, and not that it is over.
  bool is_endless() const { return kind != SourceKind::kFile && kind != SourceKind::kHttp; }
};

/// Reads "srt://…", "rtmp://…", "rtmps://…", "rtsp://…", "rtsps://…", "udp://HOST:PORT",
/// "rtp://HOST:PORT", "http(s)://…" (HLS where the path ends in .m3u8), "file:///…" or a path.
/// Errors: kInvalidArgument (malformed), kUnsupported (another scheme, a local playlist).
Result<SourceAddress> parse_source_address(std::string_view text);

}  // namespace subtide
