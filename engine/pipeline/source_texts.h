#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/source_streams.h"

namespace subtide {

/// Reads text streams of a file as subtitles without markup, in one pass by `program`, which is
/// ffmpeg. The answers are in the order of `streams`, all of which are of kind kText; one that does
/// not become subtitles is an error of its own (kBadInput).
///
/// Time:    from the file's time zero; what ends before it is left out.
/// Threads: any; blocks.
/// Errors:  kUnavailable (not installed; or stopped), kBadInput, kDeadline, kIo.
Result<std::vector<Result<TextTrack>>> read_source_texts(const MediaInput& input,
                                                         std::span<const SourceStream> streams,
                                                         MediaTime time_zero,
                                                         const std::stop_token& stop = {},
                                                         const std::string& program = "ffmpeg");

}  // namespace subtide
