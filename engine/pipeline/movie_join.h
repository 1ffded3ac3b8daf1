#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/pipeline/chapters.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/source_streams.h"

namespace subtide {

/// A movie of which some streams are those of a source, untouched.
struct MovieJoin {
  const MediaInput& source;
  const SourceStreams& streams;  ///< of the source
  bool copies_pictures = false;  ///< the first video stream
  bool copies_sound = false;     ///< all audio streams
  /// A movie of the same kind with everything else, whose times begin at the source's time zero.
  std::optional<std::filesystem::path> rest;
  std::vector<Chapter> chapters;  ///< tidy
  /// MP4 in fragments, of which GStreamer 1.22 reads all, whatever the edit lists.
  bool is_fragmented = false;
};

/// What of the source cannot be copied into such a movie: kUnsupported names the codec and what can
/// be done.
Status check_join(const MovieJoin& join, MovieKind kind);

/// The same for an HLS presentation.
Status check_presented(const MovieJoin& join);

/// Writes the movie by a pass of `program`, which is ffmpeg: pictures, sound, texts, in this order.
/// `to` may be the file of `rest`, and is replaced only when the new one is whole.
///
/// The source's time zero becomes the movie's. What is before stays hidden in MP4, by edit lists;
/// in Matroska, which has none, such sound is left out. Packets keep their bytes (but for the
/// framing that the container asks for) and their distances in time, tracks their languages,
/// titles, dispositions and turning.
///
/// Returns what ffmpeg complained of while it read, in one line: a damaged source is copied as far
/// as it goes. Threads: the caller's; blocks. Errors: kUnavailable (not installed; or stopped),
/// kBadInput,
///          kNoSpace, kDeadline, kIo.
Result<std::string> join_movie(const std::filesystem::path& to, MovieKind kind,
                               const MovieJoin& join, const std::stop_token& stop = {},
                               const std::string& program = "ffmpeg");

}  // namespace subtide
