#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/ingest/timeline_mapper.h"

namespace subtide {

struct WatchLimits {
  std::chrono::milliseconds connect{10'000};  ///< from start() to the first media
  std::chrono::milliseconds silence{3'000};   ///< no media at all: the source is lost
  std::chrono::milliseconds no_audio{5'000};  ///< pictures without sound
  MediaDuration digital_silence = std::chrono::seconds(10);
  double silent_level = 0.0001;  ///< -80 dBFS: less is digital silence
};

enum class WatchKind {
  kNotConnected,   ///< nothing came within the connect limit
  kSourceSilent,   ///< media came, and then no more
  kAudioMissing,   ///< pictures come, sound does not
  kAudioSilent,    ///< sound comes and holds nothing
  kAudioRestored,  ///< after one of the two
};

/// What was noticed, and for how long it had been so.
struct WatchNotice {
  WatchKind kind;
  MediaDuration since{0};
  bool operator==(const WatchNotice&) const = default;
};

/// Notices that a source falls silent. Demuxers have been seen to wait for twenty seconds, so what
/// counts here is media that came out of them, not bytes.
///
/// Time:    the caller's clock; the digital silence is counted in the sound's own time.
/// Owner:   the caller; a value.
/// Threads: one at a time.
/// Errors:  none.
class SourceWatch {
 public:
  explicit SourceWatch(WatchLimits limits = {}) : limits_(limits) {}

  /// A connection is being made, or was made.
  void start(SteadyTime now);
  /// Sources that come in pieces, such as HLS, are silent between them.
  void allow_silence(std::chrono::milliseconds most) { limits_.silence = most; }
  /// There is none: nothing is noticed until the next start().
  void stop() { is_running_ = false; }
  /// The source has said that it carries sound.
  void expect_audio() { expects_audio_ = true; }

  void media(TimelineKind kind, SteadyTime now);
  /// `duration` of sound of that RMS level (0 to 1).
  std::vector<WatchNotice> level(double rms, MediaDuration duration);
  /// Says each thing once; call some times a second. After a source is lost it stops itself.
  std::vector<WatchNotice> poll(SteadyTime now);

 private:
  std::optional<WatchNotice> lost(SteadyTime now) const;

  WatchLimits limits_;
  bool is_running_ = false;
  bool expects_audio_ = false;
  bool is_audio_missing_ = false;
  bool is_audio_silent_ = false;
  MediaDuration silent_{0};
  SteadyTime started_{};
  std::optional<SteadyTime> last_media_;
  SteadyTime last_audio_{};
};

}  // namespace subtide
