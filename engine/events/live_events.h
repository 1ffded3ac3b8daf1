#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/metadata/timed_metadata.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// A live source, by an address without secrets.
struct SourceNamed {
  std::string protocol;  ///< "srt", "rtmp", "rtsp", "hls", "udp", "file", …
  std::string url;
};

struct IngestOpened {
  static constexpr std::string_view kName = "ingest.opened";
  SourceNamed source;
  int epoch = 0;
};
struct IngestLost {
  static constexpr std::string_view kName = "ingest.lost";
  SourceNamed source;
  int epoch = 0;  ///< that ended
  std::string reason;
};
struct IngestRetrying {
  static constexpr std::string_view kName = "ingest.retrying";
  SourceNamed source;
  int attempt = 0;  ///< from 1
  MediaDuration next_in{0};
  std::string reason;  ///< why the last one failed
};
struct IngestRestored {
  static constexpr std::string_view kName = "ingest.restored";
  SourceNamed source;
  int epoch = 0;  ///< that began
  MediaDuration away{0};
};
struct IngestEnded {
  static constexpr std::string_view kName = "ingest.ended";
  SourceNamed source;
  std::string reason;
};
/// Packets of a transport stream were lost or spoilt on the way; counted since it was told last.
struct IngestDamaged {
  static constexpr std::string_view kName = "ingest.damaged";
  SourceNamed source;
  int epoch = 0;
  std::uint64_t packets = 0;  ///< that came
  std::uint64_t missing = 0;
  std::uint64_t broken = 0;
};

struct MediaFormatChanged {
  static constexpr std::string_view kName = "media.format.changed";
  std::string kind;  ///< "audio", "video"
  std::string from;
  std::string to;
  int epoch = 0;  ///< that began with it
};
struct MediaDiscontinuity {
  static constexpr std::string_view kName = "media.discontinuity";
  std::string kind;  ///< "jump", "reset", "reconnect", "format"
  int epoch_old = 0;
  int epoch_new = 0;
  MediaTime from{0};  ///< source time at the end of the old epoch
  MediaTime to{0};    ///< and at the begin of the new one
};
struct MediaAudioMissing {
  static constexpr std::string_view kName = "media.audio.missing";
  MediaTime since{0};
};
struct MediaAudioSilent {
  static constexpr std::string_view kName = "media.audio.silent";
  MediaTime since{0};
  double level_db = 0;  ///< of full scale
};
struct MediaAudioRestored {
  static constexpr std::string_view kName = "media.audio.restored";
  MediaTime at{0};
};
struct MediaSegmentBoundary {
  static constexpr std::string_view kName = "media.segment.boundary";
  int epoch = 0;
  std::uint64_t number = 0;
  TimeSpan span;
  WallTime wall{};  ///< at the segment's begin
};
struct MediaMetadataTimed {
  static constexpr std::string_view kName = "media.metadata.timed";
  TimedMetadata item;
};

struct TranscriptPartial {
  static constexpr std::string_view kName = "transcript.partial";
  std::string language;
  std::vector<Word> words;
  int revision = 0;
};

struct OutputSegmentPublished {
  static constexpr std::string_view kName = "output.segment.published";
  std::string target;  ///< "hls"
  std::string path;
  TimeSpan span;
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds waited{0};     ///< from its end until all of it had come
  std::chrono::nanoseconds serving{0};    ///< from then on until viewers could have it
  std::chrono::nanoseconds packaging{0};  ///< the same until it was written and named
};
struct OutputPlaylistUpdated {
  static constexpr std::string_view kName = "output.playlist.updated";
  std::string target;
  std::string path;
  std::uint64_t media_sequence = 0;
};
struct OutputCongested {
  static constexpr std::string_view kName = "output.congested";
  std::string target;  ///< "rtmp://host/app", without secrets
  std::string reason;
};
struct OutputCleared {
  static constexpr std::string_view kName = "output.cleared";
  std::string target;
};

}  // namespace subtide
