#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// A named stretch of a recording. Its time counts from the zero of the file's own timeline.
struct Chapter {
  TimeSpan span;
  std::string title;
  bool operator==(const Chapter&) const = default;
};

/// False where there is no sign of chapters, which needs no program to find out: the headers of
/// MP4, Matroska, Ogg, FLAC, MP3 and ASF; other formats have none. Errors: kIo.
Result<bool> may_have_chapters(const MediaInput& input);

/// The chapters of a file, in their order; often none. `program` is ffprobe's, and is started only
/// for files that may have some.
///
/// Errors: kUnavailable (ffprobe is not installed; or stopped), kBadInput, kDeadline, kIo.
Result<std::vector<Chapter>> read_chapters(const MediaInput& input,
                                           const std::stop_token& stop = {},
                                           const std::string& program = "ffprobe");

/// `chapters` in order, none longer than up to the next, and none outside 0..`length`.
std::vector<Chapter> tidy_chapters(std::vector<Chapter> chapters, MediaDuration length);

/// Tidy chapters as a text that ffmpeg reads (FFMETADATA).
std::string to_ffmetadata(std::span<const Chapter> chapters);

/// For ffmpeg's muxer of MP4: a filter of timed text, by which it makes the empty texts between
/// texts itself. With those of others it moves each text behind them by a millisecond.
inline constexpr const char* kWithoutEmptyTexts = "noise=drop=lte(size\\,2)";

/// Puts tidy chapters into a finished MP4 file in place of those it has, by a pass of ffmpeg that
/// copies all else; the file is replaced only when the new one is whole. Nothing happens for none.
///
/// Kept are streams and their order, packets and their times, languages, dispositions, rotation,
/// colours, tags; the header comes first. Not kept: data tracks other than time codes; a text track
/// may get further empty samples. A chapter ends where the next begins, and one without a title is
/// put before the first when that does not begin at zero.
///
/// Errors: kUnavailable (ffmpeg is not installed; or stopped), kBadInput, kNoSpace, kDeadline, kIo.
Status write_chapters(const std::filesystem::path& movie, std::span<const Chapter> chapters,
                      const std::stop_token& stop = {}, const std::string& program = "ffmpeg");

}  // namespace subtide
