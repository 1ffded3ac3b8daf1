#pragma once

#include <gst/gst.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// What `tideingest` tells the application, as element messages on the bus. Times are engine time.

enum class IngestChange { kOpened, kLost, kRetrying, kRestored, kEnded };

/// "tide/ingest-opened", "-lost", "-retrying", "-restored", "-ended".
struct IngestNotice {
  IngestChange change = IngestChange::kOpened;
  std::string protocol;                        ///< "srt", "hls", …
  std::string url;                             ///< without secrets
  int epoch = 0;                               ///< the latest one
  std::string reason;                          ///< one line for people; empty when all is well
  int attempt = 0;                             ///< of kRetrying
  std::chrono::milliseconds next_in{0};        ///< of kRetrying: until the attempt is made
  std::chrono::milliseconds noticed_after{0};  ///< of kLost: since the last media
  bool operator==(const IngestNotice&) const = default;
};

enum class SoundChange { kMissing, kSilent, kRestored };

/// "tide/audio-missing", "-silent", "-restored".
struct SoundNotice {
  SoundChange change = SoundChange::kMissing;
  MediaTime at{0};
  MediaDuration since{0};  ///< for how long it had been so
  bool operator==(const SoundNotice&) const = default;
};

/// "tide/ingest-damaged": packets of a transport stream, since damage was told last.
struct DamageNotice {
  std::string protocol;
  std::string url;            ///< without secrets
  int epoch = 0;              ///< the latest one
  std::uint64_t packets = 0;  ///< that came
  std::uint64_t missing = 0;  ///< by their counters
  std::uint64_t broken = 0;   ///< of those that came
  bool operator==(const DamageNotice&) const = default;
};

/// "tide/format-changed": a stream of the source is another one than before.
struct FormatNotice {
  std::string kind;  ///< "audio", "video"
  std::string from;  ///< "audio/mpeg, rate 48000, channels 2"
  std::string to;
  int epoch = 0;  ///< that began with it
  bool operator==(const FormatNotice&) const = default;
};

/// Posts an element message. Threads: any; not under the element's object lock.
void post_notice(GstElement* element, const IngestNotice& notice);
void post_notice(GstElement* element, const SoundNotice& notice);
void post_notice(GstElement* element, const DamageNotice& notice);
void post_notice(GstElement* element, const FormatNotice& notice);
/// "tide/epoch": a new epoch, told besides the event of that name on the pads.
void post_notice(GstElement* element, const Epoch& epoch);
/// "tide/source-metadata": what the source carries in-band (KLV, SCTE-35).
void post_notice(GstElement* element, const TimedMetadata& item);

/// Nothing when the message is another one.
std::optional<IngestNotice> read_ingest_notice(GstMessage* message);
std::optional<SoundNotice> read_sound_notice(GstMessage* message);
std::optional<DamageNotice> read_damage_notice(GstMessage* message);
std::optional<FormatNotice> read_format_notice(GstMessage* message);
std::optional<Epoch> read_epoch_notice(GstMessage* message);
std::optional<TimedMetadata> read_source_metadata(GstMessage* message);

}  // namespace subtide
