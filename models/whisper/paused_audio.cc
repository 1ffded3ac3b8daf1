#include "models/whisper/paused_audio.h"

#include <algorithm>
#include <cstdint>

namespace subtide {

PausedAudio::PausedAudio(const AudioWindow& window, MediaDuration lead,
                         MediaDuration longest_pause) {
  const auto all = window.samples();
  const auto pieces = window.pieces();
  MediaDuration pause = lead;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t first = pieces[i].first_sample;
    const std::size_t next = i + 1 < pieces.size() ? pieces[i + 1].first_sample : all.size();
    samples_.resize(samples_.size() + static_cast<std::size_t>(duration_to_samples(pause)));
    stretches_.push_back({.here = samples_.size(), .in_window = first, .length = next - first});
    const auto piece = all.subspan(first, next - first);
    samples_.insert(samples_.end(), piece.begin(), piece.end());
    if (i + 1 == pieces.size()) break;
    const MediaTime end =
        pieces[i].begin + samples_to_duration(static_cast<std::int64_t>(next - first));
    pause = std::min(pieces[i + 1].begin - end, longest_pause);
  }
}

MediaDuration PausedAudio::window_offset(MediaDuration here) const {
  const auto at = static_cast<std::size_t>(std::max<std::int64_t>(duration_to_samples(here), 0));
  const auto after = std::upper_bound(
      stretches_.begin(), stretches_.end(), at,
      [](std::size_t sample, const Stretch& stretch) { return sample < stretch.here; });
  if (after == stretches_.begin()) return MediaDuration(0);
  const Stretch& stretch = *(after - 1);
  const std::size_t inside = std::min(at - stretch.here, stretch.length);
  return samples_to_duration(static_cast<std::int64_t>(stretch.in_window + inside));
}

}  // namespace subtide
