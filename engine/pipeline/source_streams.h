#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// One stream of a file as ffmpeg sees it.
struct SourceStream {
  enum class Kind { kVideo, kAudio, kText, kPictureText, kOther };
  int index = 0;  ///< inside the file, as ffmpeg counts
  Kind kind = Kind::kOther;
  std::string codec;     ///< libavcodec's name: "h264", "aac", "hdmv_pgs_subtitle"
  std::string language;  ///< as tagged; empty when the file does not say
  std::string title;
  int delay = 0;  ///< Opus: samples at 48 kHz before the first that is heard
  int width = 0;
  int height = 0;
  bool is_turned = false;
  bool operator==(const SourceStream&) const = default;
};

/// What ffmpeg has to know of a file from which it copies. Cover pictures are not among the
/// streams.
struct SourceStreams {
  std::vector<SourceStream> streams;
  /// MediaInformation::time_zero on ffmpeg's timeline, which is not GStreamer's.
  MediaTime time_zero{0};
  /// An edit list hides pictures which those that are shown need.
  bool has_hidden_pictures = false;

  std::vector<SourceStream> of_kind(SourceStream::Kind kind) const;
};

/// libavformat's names of the formats that ffmpeg and ffprobe may read for us: none opens further
/// files.
inline constexpr const char* kReadableFormats =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,ogg,asf,wav,mp3,flac,aac,"
    "ac3,eac3,mxf";

/// A language as files tag it ("spa", "ger") as BCP 47; "und" for none.
std::string to_bcp47(const std::string& tagged);

/// Reads headers and the first seconds by `program`, which is ffprobe.
/// Threads: any; blocks. Errors: kUnavailable (not installed; or stopped), kBadInput, kDeadline,
/// kIo.
Result<SourceStreams> read_source_streams(const MediaInput& input, const std::stop_token& stop = {},
                                          const std::string& program = "ffprobe");

}  // namespace subtide
