#include "engine/speech/audio_window.h"

#include <algorithm>
#include <utility>

namespace subtide {

MediaDuration samples_to_duration(std::int64_t count) {
  return MediaDuration(count * 62'500);  // 1e9 / 16000
}

std::int64_t duration_to_samples(MediaDuration duration) {
  const std::int64_t value = duration.count();
  return (value >= 0 ? value + 31'250 : value - 31'250) / 62'500;
}

AudioWindow::AudioWindow(std::vector<std::int16_t> samples, std::vector<WindowPiece> pieces)
    : samples_(std::move(samples)), pieces_(std::move(pieces)) {}

Result<std::shared_ptr<const AudioWindow>> AudioWindow::create(std::vector<std::int16_t> samples,
                                                               std::vector<WindowPiece> pieces) {
  if (samples.empty() || pieces.empty() || pieces.front().first_sample != 0) {
    return make_error(ErrorCode::kInvalidArgument, "an audio window needs samples from piece 0 on");
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t next = i + 1 < pieces.size() ? pieces[i + 1].first_sample : samples.size();
    if (next <= pieces[i].first_sample || next > samples.size()) {
      return make_error(ErrorCode::kInvalidArgument, "audio window piece {} is empty or outside",
                        i);
    }
    const MediaTime end =
        pieces[i].begin +
        samples_to_duration(static_cast<std::int64_t>(next - pieces[i].first_sample));
    if (i + 1 < pieces.size() && pieces[i + 1].begin < end) {
      return make_error(ErrorCode::kInvalidArgument, "audio window piece {} starts before {} ends",
                        i + 1, i);
    }
  }
  return std::make_shared<const AudioWindow>(std::move(samples), std::move(pieces));
}

MediaDuration AudioWindow::duration() const {
  return samples_to_duration(static_cast<std::int64_t>(samples_.size()));
}

TimeSpan AudioWindow::span() const {
  return {pieces_.front().begin, media_time(duration(), Border::kEnd)};
}

MediaTime AudioWindow::media_time(MediaDuration offset, Border border) const {
  offset = std::clamp(offset, MediaDuration(0), duration());
  const auto starts_after = [border, offset](const WindowPiece& piece) {
    const MediaDuration start = samples_to_duration(static_cast<std::int64_t>(piece.first_sample));
    return border == Border::kBegin ? start > offset : start >= offset;
  };
  auto next = std::find_if(pieces_.begin() + 1, pieces_.end(), starts_after);
  const WindowPiece& piece = *(next - 1);
  return piece.begin + offset - samples_to_duration(static_cast<std::int64_t>(piece.first_sample));
}

}  // namespace subtide
