#pragma once

#include <gst/gst.h>

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/pipeline/chapters.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// Subtitles in one language, on the movie's own timeline.
struct TextTrack {
  std::string language;  ///< BCP 47 or "und"
  std::string title;     ///< what a player's menu says; may be empty
  std::vector<Cue> cues;
};

enum class MovieKind { kMp4, kMatroska };

/// What a finished movie gets.
struct MovieExtras {
  std::vector<TextTrack> texts;
  std::vector<Chapter> chapters;  ///< tidy; into Matroska alone: for MP4 see write_chapters()

  bool empty() const { return texts.empty() && chapters.empty(); }
};

/// Puts text tracks and chapters into a finished movie, behind those streams it has, by copying
/// everything else.
///
/// In MP4 texts are timed text (tx3g) and the header comes first; in Matroska they are UTF-8 text,
/// as in SRT. Packets keep their bytes and times, streams their order and languages. In MP4 one
/// text stands at a time: what overlaps is joined.
///
/// Threads: the caller's; blocks. GStreamer was started. Nothing that fails leaves a file at `to`.
/// Errors:  kBadInput for a movie that cannot be read, kUnavailable (stopped), otherwise what the
///          element that failed said.
Status add_to_movie(const std::filesystem::path& from, const std::filesystem::path& to,
                    MovieKind kind, const MovieExtras& extras, const std::stop_token& stop = {});

/// A movie that has nothing but text tracks, of which there is at least one. Otherwise as above.
Status write_text_movie(const std::filesystem::path& to, MovieKind kind,
                        const std::vector<TextTrack>& texts, const std::stop_token& stop = {});

/// Gives all cues to an appsrc of text, and the end. Threads: any; does not wait where its queue
/// has no limit.
void push_texts(GstElement* source, const std::vector<Cue>& cues);

}  // namespace subtide
