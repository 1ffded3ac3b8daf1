#include "engine/ingest/timeline_mapper.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kMostEpochs = 256;
constexpr std::size_t kMostHeld = 2048;
// With sound and pictures both there nothing more is waited for; one alone waits this much.
constexpr std::chrono::milliseconds kShortPatience{300};
// A pause of the source longer than this counts on the clock although the connection held.
constexpr std::chrono::seconds kLongPause{1};
// Sound and pictures of one source do not lie further apart than this.
constexpr std::chrono::seconds kMostSkew{2};

}  // namespace

TimelineMapper::TimelineMapper(TimelineOptions options) : options_(options) {}

std::size_t TimelineMapper::add_stream(TimelineKind kind) {
  streams_.push_back(Stream{.kind = kind, .next = {}, .held = {}});
  return streams_.size() - 1;
}

void TimelineMapper::set_present(std::size_t stream, bool is_present) {
  streams_[stream].is_present = is_present;
}

std::vector<Placement> TimelineMapper::push(std::size_t stream, const SourceStamp& stamp,
                                            ClockReading now) {
  Answers answers;
  auto held = read(streams_[stream], stamp, now.steady);
  if (!held) {
    // Without any time, and nothing before it to go on from.
    if (streams_[stream].held.empty()) {
      answers.push_back(Placement{.stream = stream, .pts = {}, .dts = {}});
      return answers;
    }
    held = Held{stamp, streams_[stream].held.back().key, now.steady};
  }
  if (opening_) {
    streams_[stream].held.push_back(*held);
    if (!opening_->since) opening_->since = now.steady;
    if (is_ready(now.steady)) open(now, answers);
  } else {
    take(stream, *held, now, answers);
  }
  return answers;
}

std::vector<Placement> TimelineMapper::poll(ClockReading now) {
  Answers answers;
  if (opening_ && opening_->since && is_ready(now.steady)) open(now, answers);
  return answers;
}

std::vector<Placement> TimelineMapper::finish(ClockReading now) {
  Answers answers;
  if (opening_ && opening_->since) open(now, answers);
  for (std::size_t index = 0; index < streams_.size(); ++index) drop_held(index, answers);
  return answers;
}

void TimelineMapper::reconnect() {
  opening_ = Opening{epochs_.empty() ? "start" : "reconnect", {}};
  unwrapper_.reset();
  for (Stream& stream : streams_) {
    stream.epoch = -1;
    stream.next.reset();
    stream.held.clear();
  }
}

void TimelineMapper::change_format(std::size_t stream, ClockReading now) {
  if (opening_ || streams_[stream].epoch < 0) return;
  const Epoch latest = epochs_.back();
  const MediaTime begins = std::max(streams_[stream].end, latest.begins);
  add_epoch(latest.to_source(begins), begins, "format", now);
}

MediaTime TimelineMapper::engine_time(SteadyTime now) const {
  if (!anchor_clock_) return MediaTime(0);
  return anchor_ + std::max(MediaDuration(0), MediaDuration(now - *anchor_clock_));
}

void TimelineMapper::fill(std::size_t stream, MediaTime time) {
  Stream& filled = streams_[stream];
  filled.end = std::max(filled.end, time);
  filled.last = std::max(filled.last, time);
  filled.has_output = true;
}

std::optional<MediaTime> TimelineMapper::locate(MediaTime source_time) const {
  if (epochs_.empty()) return std::nullopt;
  if (options_.wraps_at_33_bits) source_time = unwrapper_.unwrap(source_time);
  return epochs_.back().to_engine(source_time);
}

const Epoch* TimelineMapper::find(int number) const {
  const auto found = std::find_if(epochs_.rbegin(), epochs_.rend(),
                                  [number](const Epoch& epoch) { return epoch.number == number; });
  return found == epochs_.rend() ? nullptr : &*found;
}

std::optional<TimelineMapper::Held> TimelineMapper::read(const Stream& stream,
                                                         const SourceStamp& stamp,
                                                         SteadyTime now) const {
  Held held{stamp, {}, now};
  if (options_.wraps_at_33_bits) {
    if (held.stamp.dts) held.stamp.dts = unwrapper_.unwrap(*held.stamp.dts);
    if (held.stamp.pts) held.stamp.pts = unwrapper_.unwrap(*held.stamp.pts);
  }
  mend_dts(stream, held.stamp);
  const auto key = held.stamp.dts ? held.stamp.dts : held.stamp.pts ? held.stamp.pts : stream.next;
  if (!key) return std::nullopt;
  held.key = *key;
  return held;
}

// A DTS that is far from its own PTS is damaged, and some formats leave it out where it is the PTS.
void TimelineMapper::mend_dts(const Stream& stream, SourceStamp& stamp) const {
  if (!stamp.pts || !(stamp.dts || stream.has_dts)) return;
  if (stamp.dts && std::chrono::abs(*stamp.dts - *stamp.pts) <= options_.most_ahead) return;
  const MediaTime expected = stream.next.value_or(*stamp.pts);
  const bool is_near = std::chrono::abs(expected - *stamp.pts) <= options_.most_ahead;
  stamp.dts = is_near ? std::min(*stamp.pts, expected) : *stamp.pts;
}

bool TimelineMapper::is_suspect(MediaDuration step) const {
  return step > options_.most_ahead || step < -options_.most_back;
}

// Whether the latest epoch explains `key`, on a stream that is not in it or was long silent.
bool TimelineMapper::joins(const Stream& stream, const Held& held,
                           std::optional<MediaDuration> step) const {
  const Epoch& latest = epochs_.back();
  const MediaTime key = held.key;
  const MediaDuration ahead = key - newest_key_;
  if (std::chrono::abs(ahead) > options_.most_ahead) return false;
  if (stream.epoch == latest.number) {
    // The others went on meanwhile, and it comes back where they are.
    return step && *step > options_.most_ahead && ahead < std::chrono::seconds(1);
  }
  if (!step || is_suspect(*step) || held.arrival - stream.heard > kLongPause) return true;
  if (std::chrono::abs(*step) < options_.clamp) {
    // Only a change of format has epochs of one line of time.
    const Epoch* own = find(stream.epoch);
    return own == nullptr ||
           (own->to_engine(key) == latest.to_engine(key) && latest.to_engine(key) >= latest.begins);
  }
  return std::chrono::abs(ahead) < std::chrono::abs(*step);
}

const Epoch* TimelineMapper::choose(const Stream& stream, const Held& held) const {
  std::optional<MediaDuration> step;
  if (stream.epoch >= 0 && stream.next) step = held.key - *stream.next;
  if (joins(stream, held, step)) return &epochs_.back();
  if (!step || is_suspect(*step)) return nullptr;
  // It paused, the others did not, and it comes back far behind them: the source has jumped.
  const MediaTime there = std::max(held.key, *stream.next);
  if (stream.epoch == epochs_.back().number && held.arrival - stream.heard > kLongPause &&
      newest_key_ - there > kMostSkew) {
    return nullptr;
  }
  return find(stream.epoch);
}

void TimelineMapper::take(std::size_t index, Held held, ClockReading now, Answers& answers) {
  const Epoch* epoch = choose(streams_[index], held);
  if (epoch == nullptr) {
    doubt(index, std::move(held), now, answers);
    return;
  }
  drop_held(index, answers);
  answers.push_back(place(index, held, *epoch));
}

void TimelineMapper::doubt(std::size_t index, Held held, ClockReading now, Answers& answers) {
  Stream& stream = streams_[index];
  if (!stream.is_media()) {
    answers.push_back(Placement{.stream = index, .pts = {}, .dts = {}});
    return;
  }
  if (!stream.held.empty()) {
    const Held& last = stream.held.back();
    if (is_suspect(held.key - last.key - last.stamp.duration)) drop_held(index, answers);
  }
  stream.held.push_back(std::move(held));
  if (stream.held.size() >= static_cast<std::size_t>(options_.votes)) {
    open_jump(index, now, answers);
  }
}

bool TimelineMapper::is_ready(SteadyTime now) const {
  const auto waited = now - *opening_->since;
  const auto patience = epochs_.empty() ? options_.first_patience : options_.patience;
  if (waited >= patience) return true;
  std::size_t held = 0;
  bool has_all = true;
  bool has_audio = false;
  bool has_video = false;
  MediaDuration longest{0};
  for (const Stream& stream : streams_) {
    held += stream.held.size();
    if (!stream.is_media() || !stream.is_present) continue;
    if (stream.held.empty()) {
      has_all = false;
      continue;
    }
    (stream.kind == TimelineKind::kAudio ? has_audio : has_video) = true;
    longest = std::max(longest, stream.held.back().key - stream.held.front().key);
  }
  if (held > kMostHeld || longest >= patience) return true;
  const bool has_waited = waited >= kShortPatience || longest >= kShortPatience;
  return has_all && ((has_audio && has_video) || ((has_audio || has_video) && has_waited));
}

std::optional<MediaTime> TimelineMapper::earliest_held(MediaTime near) const {
  std::optional<MediaTime> earliest;
  for (const Stream& stream : streams_) {
    if (!stream.is_media()) continue;
    for (const Held& held : stream.held) {
      if (std::chrono::abs(held.key - near) > options_.most_ahead) continue;
      if (!earliest || held.key < *earliest) earliest = held.key;
    }
  }
  return earliest;
}

// The one that most others agree with: what comes first after a connection may be damaged.
const TimelineMapper::Held* TimelineMapper::best_witness() const {
  std::vector<const Held*> all;
  for (const Stream& stream : streams_) {
    if (!stream.is_media()) continue;
    for (const Held& held : stream.held) all.push_back(&held);
  }
  const Held* best = nullptr;
  std::ptrdiff_t most = 0;
  for (const Held* each : all) {
    const auto agree = std::count_if(all.begin(), all.end(), [&](const Held* other) {
      return std::chrono::abs(other->key - each->key) <= options_.most_ahead;
    });
    if (agree < most || agree == 0) continue;
    best = each;  // of equals the latest
    most = agree;
  }
  return best;
}

MediaTime TimelineMapper::furthest_end() const {
  MediaTime end{0};
  for (const Stream& stream : streams_) end = std::max(end, stream.end);
  return end;
}

void TimelineMapper::open(ClockReading now, Answers& answers) {
  const Held* witness = best_witness();
  if (witness == nullptr) {
    for (std::size_t index = 0; index < streams_.size(); ++index) drop_held(index, answers);
    opening_->since.reset();
    return;
  }
  newest_key_ = witness->key;
  const MediaTime source = *earliest_held(witness->key);
  const MediaTime begins = std::max(furthest_end(), engine_time(now.steady));
  const Opening opening = *std::exchange(opening_, std::nullopt);
  if (!anchor_clock_) anchor_clock_ = opening.since;
  add_epoch(source, begins, opening.reason, now);
  release(answers);
}

void TimelineMapper::open_jump(std::size_t index, ClockReading now, Answers& answers) {
  const Held& first = streams_[index].held.front();
  const bool is_back = streams_[index].next && first.key < *streams_[index].next;
  MediaTime begins = furthest_end();
  if (anchor_clock_ && first.arrival - *anchor_clock_ > kLongPause) {
    begins = std::max(begins, engine_time(first.arrival));
  }
  newest_key_ = streams_[index].held.back().key;
  add_epoch(*earliest_held(first.key), begins, is_back ? "reset" : "jump", now);
  release(answers);
}

void TimelineMapper::add_epoch(MediaTime source, MediaTime begins, std::string reason,
                               ClockReading now) {
  const MediaDuration ahead = anchor_clock_ ? begins - engine_time(now.steady) : MediaDuration(0);
  if (epochs_.size() == kMostEpochs) epochs_.erase(epochs_.begin());
  epochs_.push_back(Epoch{next_number_++, begins, source,
                          now.wall + std::chrono::duration_cast<WallTime::duration>(ahead),
                          std::move(reason)});
}

}  // namespace subtide
