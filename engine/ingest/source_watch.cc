#include "engine/ingest/source_watch.h"

#include <utility>

namespace subtide {

void SourceWatch::start(SteadyTime now) {
  is_running_ = true;
  started_ = now;
  last_media_.reset();
  last_audio_ = now;
}

void SourceWatch::media(TimelineKind kind, SteadyTime now) {
  if (kind == TimelineKind::kOther) return;
  last_media_ = now;
  if (kind == TimelineKind::kAudio) last_audio_ = now;
}

std::vector<WatchNotice> SourceWatch::level(double rms, MediaDuration duration) {
  if (rms >= limits_.silent_level) {
    const MediaDuration silent = std::exchange(silent_, MediaDuration(0));
    if (!std::exchange(is_audio_silent_, false)) return {};
    return {{WatchKind::kAudioRestored, silent}};
  }
  silent_ += duration;
  if (is_audio_silent_ || silent_ < limits_.digital_silence) return {};
  is_audio_silent_ = true;
  return {{WatchKind::kAudioSilent, silent_}};
}

std::optional<WatchNotice> SourceWatch::lost(SteadyTime now) const {
  if (!last_media_) {
    if (now - started_ < limits_.connect) return std::nullopt;
    return WatchNotice{WatchKind::kNotConnected, now - started_};
  }
  if (now - *last_media_ < limits_.silence) return std::nullopt;
  return WatchNotice{WatchKind::kSourceSilent, now - *last_media_};
}

std::vector<WatchNotice> SourceWatch::poll(SteadyTime now) {
  if (!is_running_) return {};
  if (const auto notice = lost(now)) {
    is_running_ = false;
    return {*notice};
  }
  // Where nothing comes at all, the source is away and not its sound.
  if (!expects_audio_ || !last_media_) return {};
  const MediaDuration without = now - last_audio_;
  const bool is_missing = without >= limits_.no_audio && *last_media_ > last_audio_;
  if (is_missing == is_audio_missing_) return {};
  is_audio_missing_ = is_missing;
  if (is_missing) return {{WatchKind::kAudioMissing, without}};
  return {{WatchKind::kAudioRestored, without}};
}

}  // namespace subtide
