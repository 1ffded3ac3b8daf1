#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "engine/base/media_time.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What a Presentation wants done, in this order. Names are paths below the presentation's folder,
/// with '/'.

/// A file that appears whole.
struct FileWrite {
  std::string name;
  std::string bytes;
  bool operator==(const FileWrite&) const = default;
};

/// A file that no playlist has named for as long as a playlist lasts.
struct FileRemoval {
  std::string name;
  bool operator==(const FileRemoval&) const = default;
};

/// A playlist's new text; all files it names were written before.
struct PlaylistUpdate {
  std::string rendition;  ///< "video_720p"; empty: the multivariant playlist
  std::string name;       ///< "video_720p/index.m3u8"
  std::string text;
  std::uint64_t sequence = 0;  ///< number of the last complete segment
  int parts = 0;               ///< of the segment behind it
  int last_parts = 0;          ///< of the last complete segment
  bool has_ended = false;
  bool operator==(const PlaylistUpdate&) const = default;
};

/// A playlist that was published names this segment.
struct SegmentPublished {
  std::string rendition;
  std::string name;
  TimeSpan span;
  int epoch = 0;
  /// On the caller's clock: when its end was known, and when all of it had come or was given up;
  /// the caller may note when it was served.
  std::chrono::nanoseconds closed_at{0};
  std::chrono::nanoseconds complete_at{0};
  std::chrono::nanoseconds served_at{0};
  bool operator==(const SegmentPublished&) const = default;
};

/// A cue that came when all segments that could show it were published.
struct LateCue {
  std::string rendition;
  Cue cue;
  bool operator==(const LateCue&) const = default;
};

/// A sample that could not be used: it came too late, before a key frame, or its decode time fell.
struct LostSample {
  std::string rendition;
  MediaTime at{0};
  bool operator==(const LostSample&) const = default;
};

using PublishEffect =
    std::variant<FileWrite, FileRemoval, PlaylistUpdate, SegmentPublished, LateCue, LostSample>;

}  // namespace subtide
