#include "engine/packaging/media_track.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

// Of a track's only sample, when nobody knows how long it is.
constexpr MediaDuration kShortest = std::chrono::milliseconds(20);

/// Chunks of sound end where a gap begins; a picture just stays.
bool ends_chunk(const Sample& sample, const Sample& next) { return sample.end() < next.decode; }

}  // namespace

MediaTrack::MediaTrack(std::string name, MediaDuration longest_still,
                       EventMessageWriter write_event)
    : name_(std::move(name)), longest_still_(longest_still), write_event_(std::move(write_event)) {}

/// Takes the format that is due, and finds out by how much the epoch's decode times are moved.
Status MediaTrack::turn_to(int epoch) {
  const bool is_same_format = init_ && init_->format == *next_format_;
  if (epoch == epoch_ && is_same_format) return ok();
  if (epoch == epoch_) {
    return make_error(ErrorCode::kUnsupported,
                      "{} changes its format in mid-stream: that needs a new epoch", name_);
  }
  needs_start_ = true;
  if (is_same_format) return ok();
  ++init_count_;
  const std::string name =
      init_count_ == 1 ? init_name_ + ".mp4" : fmt::format("{}_{}.mp4", init_name_, init_count_);
  init_ = std::make_shared<const TrackInit>(TrackInit{name, *next_format_});
  return ok();
}

Result<bool> MediaTrack::push(Sample sample, int epoch) {
  if (!next_format_ || epoch < epoch_) return false;
  if (!sample.is_independent && (needs_start_ || epoch != epoch_)) return false;
  if (auto turned = turn_to(epoch); !turned) return turned.error();
  if (epoch != epoch_) shift_ = sample.presentation - sample.decode;
  epoch_ = epoch;
  sample.decode += shift_;
  if (sample.decode <= last_decode_) return false;
  if (sample.duration <= MediaDuration(0)) sample.duration = usual_length_;
  const Position at{epoch, sample.decode};
  if (floor_.comes_after(at)) {
    needs_start_ = true;
    return false;
  }
  settle(at);
  needs_start_ = false;
  last_decode_ = sample.decode;
  newest_ = Waiting{std::move(sample), epoch, init_};
  return true;
}

void MediaTrack::settle(Position until) {
  reached_ = std::max(reached_, until);
  if (!newest_) return;
  Sample& sample = newest_->sample;
  const MediaDuration distance = until.time - sample.decode;
  const bool is_audio = newest_->init->format.kind == TrackFormat::Kind::kAudio;
  const bool is_gap = sample.duration > MediaDuration(0) && distance > 2 * sample.duration;
  const bool keeps_own =
      distance <= MediaDuration(0) ||
      (is_gap && (is_audio || until.epoch != newest_->epoch || distance > longest_still_));
  if (!keeps_own) sample.duration = distance;
  if (!is_gap) usual_length_ = sample.duration;
  end_before_newest_ = sample.end();
  waiting_.push_back(std::move(*newest_));
  newest_.reset();
}

void MediaTrack::add(const TimedMetadata& item) {
  if (write_event_) items_.emplace(item.at, item);
}

void MediaTrack::finish() {
  if (!newest_) return;
  const Sample& sample = newest_->sample;
  settle({newest_->epoch, sample.decode + std::max(sample.duration, kShortest)});
}

void MediaTrack::give_up_before(const Boundary& boundary) {
  floor_ = boundary;
  if (newest_ && boundary.comes_after({newest_->epoch, newest_->sample.decode})) finish();
}

SegmentPlan::Beat MediaTrack::newest() const {
  SegmentPlan::Beat beat;
  beat.at = {newest_->epoch, newest_->sample.decode};
  beat.length = newest_->sample.duration;
  beat.is_independent = newest_->sample.is_independent;
  return beat;
}

MediaTime MediaTrack::end() const {
  return newest_ ? newest_->sample.end() : std::max(end_before_newest_, MediaTime(0));
}

const Sample* MediaTrack::front() const {
  return waiting_.empty() ? nullptr : &waiting_.front().sample;
}

Position MediaTrack::front_position() const {
  return {waiting_.front().epoch, waiting_.front().sample.decode};
}

void MediaTrack::take_front() {
  open_init_ = waiting_.front().init;
  open_.push_back(std::move(waiting_.front().sample));
  waiting_.pop_front();
}

MediaDuration MediaTrack::open_length() const {
  return open_.empty() ? MediaDuration(0) : open_.back().end() - open_.front().decode;
}

MediaTime MediaTrack::open_end() const { return open_.empty() ? MediaTime(0) : open_.back().end(); }

std::string MediaTrack::events_until(MediaTime end, const TrackFormat& format) {
  std::string bytes;
  while (!items_.empty() && items_.begin()->first < end) {
    bytes += write_event_(items_.begin()->second, format);
    items_.erase(items_.begin());
  }
  return bytes;
}

std::optional<Chunk> MediaTrack::close_chunk() {
  if (open_.empty()) return std::nullopt;
  const TrackFormat& format = open_init_->format;
  Chunk chunk;
  chunk.init = open_init_;
  chunk.span = {open_.front().decode, open_.back().end()};
  chunk.is_independent = open_.front().is_independent;
  chunk.bytes = events_until(chunk.span.end, format);
  auto from = open_.begin();
  for (auto at = from; at != open_.end(); ++at) {
    const auto next = std::next(at);
    if (next != open_.end() && !ends_chunk(*at, *next)) continue;
    chunk.bytes += write_fragment(++sequence_, format, std::span(from, next));
    from = next;
  }
  open_.clear();
  return chunk;
}

}  // namespace subtide
