#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

struct AudioTrack {
  int number = 1;        ///< counts from 1, in the file's order
  std::string stream;    ///< the container's name for it; the same each time the file is opened
  std::string language;  ///< BCP 47; empty when the file does not say
  std::string title;
  std::string codec;  ///< for people: "MPEG-4 AAC"
  int channels = 0;
  int sample_rate = 0;
};

struct VideoTrack {
  std::string stream;  ///< the container's name for it
  std::string codec;
  int width = 0;
  int height = 0;
  std::optional<double> frame_rate;  ///< nothing when it varies or the file does not say
};

struct SubtitleTrack {
  std::string stream;
  std::string language;
  std::string codec;
};

/// What a media file holds, learnt without decoding it.
struct MediaInformation {
  std::string name;
  std::string container;  ///< for people: "Quicktime", "Matroska"; the codec where there is none
  /// The file's last presentation time less time_zero; nothing when the file does not say.
  std::optional<MediaDuration> duration;
  /// The instant that a player shows first, on the file's own timeline: the earliest video
  /// presentation after edit lists, else the earliest audio. Outputs count from here.
  MediaTime time_zero{0};
  std::vector<AudioTrack> audio;
  std::optional<VideoTrack> video;
  std::vector<SubtitleTrack> subtitles;
  bool is_seekable = false;

  /// For rules told in frames: the video's rate, or 25 where there is none or it varies.
  double frame_rate_or_default() const;
};

struct ProbeOptions {
  MediaDuration limit = std::chrono::seconds(10);  ///< wall time
  int maximum_streams = 32;
  bool needs_audio = true;  ///< false: pictures alone will do
};

/// Learns what `input` holds from its headers and the first packets of each stream.
///
/// Only an allowlist of demuxers and parsers is used; nothing a file names is ever opened.
///
/// Threads: any; blocks for at most the limit, and five seconds more where a demuxer hangs, which
/// is
///          then left behind. gst_init() was called.
/// Errors:  kBadInput (not media, damaged, without what is needed), kUnsupported (playlists,
/// unknown formats, too
///          many streams), kDeadline, kUnavailable (stopped). The message names the input and fits
///          one line.
Result<MediaInformation> probe_media(const MediaInput& input, const ProbeOptions& options = {},
                                     std::stop_token stop = {});

/// The track meant by `choice`: empty for the first, a number counted from 1, or a language
/// ("es"; "pt" matches "pt-BR"). Errors: kInvalidArgument lists the tracks there are.
Result<AudioTrack> choose_audio_track(const MediaInformation& media, std::string_view choice);

}  // namespace subtide
