#include "engine/quality/sound_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace subtide {
namespace {

/// The highest sample of 16 bit; in floating point too, since most of that was 16 bit once.
constexpr float kFullScale = 32767.0F / 32768.0F;
constexpr std::int64_t kSecond = 1'000'000'000;

float level(float sample) { return std::abs(sample); }
float level(std::int16_t sample) { return std::abs(static_cast<float>(sample)) / 32768.0F; }

Status check(int rate, int channels, const SoundWatchOptions& options) {
  const auto zero = MediaDuration::zero();
  const std::pair<bool, std::string_view> claims[] = {
      {rate > 0, "rate"},
      {channels > 0, "channels"},
      {std::isfinite(options.silence_level) && options.silence_level <= 0, "silence_level"},
      {options.shortest_silence >= zero, "shortest_silence"},
      {options.clipped_samples >= 1, "clipped_samples"},
      {options.clip_distance >= zero, "clip_distance"},
      {options.shortest_hole > zero, "shortest_hole"}};
  for (const auto& [is_fine, field] : claims) {
    if (is_fine) continue;
    return make_error(ErrorCode::kInvalidArgument,
                      "quality of sound: {} is out of range; leave it at its default", field);
  }
  return ok();
}

}  // namespace

SoundWatch::SoundWatch(int rate, int channels, const SoundWatchOptions& options)
    : options_(options),
      rate_(rate),
      silence_(static_cast<float>(std::pow(10.0, options.silence_level / 20))),
      runs_(static_cast<std::size_t>(channels)) {}

Result<SoundWatch> SoundWatch::create(int rate, int channels, const SoundWatchOptions& options) {
  if (const Status checked = check(rate, channels, options); !checked) return checked.error();
  return SoundWatch(rate, channels, options);
}

MediaTime SoundWatch::time_of(MediaTime begin, std::size_t frame) const {
  const auto count = static_cast<std::int64_t>(frame);
  return begin + MediaDuration(count / rate_ * kSecond + count % rate_ * kSecond / rate_);
}

std::vector<QualityFinding> SoundWatch::push(MediaTime begin, std::span<const float> samples) {
  return look(begin, samples);
}

std::vector<QualityFinding> SoundWatch::push(MediaTime begin,
                                             std::span<const std::int16_t> samples) {
  return look(begin, samples);
}

template <typename Sample>
std::vector<QualityFinding> SoundWatch::look(MediaTime begin, std::span<const Sample> samples) {
  const std::size_t channels = runs_.size();
  const std::size_t frames = samples.size() / channels;
  if (frames == 0) return {};
  meet(begin);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    bool is_silent = true;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const float loud = level(samples[frame * channels + channel]);
      is_silent = is_silent && loud < silence_;
      Run& run = runs_[channel];
      if (loud >= kFullScale) {
        if (run.length++ == 0) run.begin = time_of(begin, frame);
      } else if (run.length > 0) {
        end_run(channel, time_of(begin, frame));
      }
    }
    if (is_silent == silent_since_.has_value()) continue;
    if (is_silent) {
      silent_since_ = time_of(begin, frame);
    } else {
      end_silence(time_of(begin, frame));
    }
  }
  heard_until_ = time_of(begin, frames);
  const bool may_go_on = std::ranges::any_of(runs_, [](const Run& run) { return run.length > 0; });
  if (clips_ && !may_go_on && *heard_until_ - clips_->span.end > options_.clip_distance) {
    end_clips();
  }
  return std::exchange(found_, {});
}

/// What comes next is heard from `begin` on: does it follow what was there?
void SoundWatch::meet(MediaTime begin) {
  if (!heard_until_) return;
  const MediaDuration hole = begin - *heard_until_;
  const bool is_missing = hole >= options_.shortest_hole;
  if (is_missing || hole <= -options_.shortest_hole) end_all();
  if (is_missing) found_.push_back({QualityKind::kMissingAudio, {*heard_until_, begin}, {}});
  missing_until_.reset();
}

std::vector<QualityFinding> SoundWatch::skip(TimeSpan gap) {
  if (!heard_until_) heard_until_ = gap.begin;
  missing_until_ = std::max(missing_until_.value_or(gap.end), gap.end);
  if (*missing_until_ - *heard_until_ >= options_.shortest_hole) end_all();
  return std::exchange(found_, {});
}

std::vector<QualityFinding> SoundWatch::finish() {
  end_all();
  if (missing_until_ && *missing_until_ - *heard_until_ >= options_.shortest_hole) {
    found_.push_back({QualityKind::kMissingAudio, {*heard_until_, *missing_until_}, {}});
  }
  heard_until_.reset();
  missing_until_.reset();
  return std::exchange(found_, {});
}

void SoundWatch::end_all() {
  if (!heard_until_) return;
  for (std::size_t channel = 0; channel < runs_.size(); ++channel) end_run(channel, *heard_until_);
  if (clips_) end_clips();
  if (silent_since_) end_silence(*heard_until_);
}

void SoundWatch::end_silence(MediaTime end) {
  const TimeSpan span{*silent_since_, end};
  silent_since_.reset();
  if (span.duration() < options_.shortest_silence) return;
  found_.push_back({QualityKind::kSilent, span,
                    fmt::format("below {:g} dBFS in all channels", options_.silence_level)});
}

void SoundWatch::end_run(std::size_t channel, MediaTime end) {
  const Run run = std::exchange(runs_[channel], {});
  if (run.length < options_.clipped_samples) return;
  if (clips_ && run.begin - clips_->span.end > options_.clip_distance) end_clips();
  if (!clips_) clips_ = Clips{{run.begin, end}, 0};
  clips_->span = hull(clips_->span, {run.begin, end});
  ++clips_->count;
}

void SoundWatch::end_clips() {
  const Clips clips = *std::exchange(clips_, std::nullopt);
  found_.push_back({QualityKind::kClipped, clips.span,
                    fmt::format("{} {}", clips.count, clips.count == 1 ? "clip" : "clips")});
}

}  // namespace subtide
