#include "engine/speech/live_windows.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

/// Less than this holds no word.
constexpr MediaDuration kNothing = std::chrono::milliseconds(60);

}  // namespace

Result<LiveWindows> LiveWindows::create(const LiveWindowsOptions& options) {
  const MediaDuration zero(0);
  if (options.maximum < std::chrono::seconds(1) || options.maximum > std::chrono::minutes(10)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "a longest window of {} s: give 1 to 600 seconds",
                      to_seconds(options.maximum));
  }
  if (options.step < std::chrono::milliseconds(100)) {
    return make_error(ErrorCode::kInvalidArgument, "a step of {} s: give 0.1 seconds or more",
                      to_seconds(options.step));
  }
  if (options.trim_after < zero || options.context < zero || options.history < zero ||
      options.lanes == 0) {
    return make_error(ErrorCode::kInvalidArgument,
                      "trimming, context and history may not be negative, lanes start at 1");
  }
  return LiveWindows(options);
}

LiveWindows::LiveWindows(const LiveWindowsOptions& options)
    : options_(options), step_(options.step), limit_(options.maximum) {}

std::shared_ptr<const AudioWindow> LiveWindows::audio_of(TimeSpan span) const {
  std::vector<std::int16_t> samples;
  std::vector<WindowPiece> pieces;
  for (const AudioTape::Piece& piece : tape_.pieces(span)) {
    pieces.push_back({samples.size(), piece.begin});
    samples.insert(samples.end(), piece.samples.begin(), piece.samples.end());
  }
  auto audio = AudioWindow::create(std::move(samples), std::move(pieces));
  return audio ? std::move(*audio) : nullptr;
}

void LiveWindows::open_at(MediaTime begin) {
  if (!open_) open_ = Open{std::max(begin, closed_to_), std::nullopt, {}};
}

void LiveWindows::close_at(MediaTime end) {
  if (!open_) return;
  const TimeSpan span{open_->begin, std::min(end, edge_)};
  open_.reset();
  closed_to_ = std::max(closed_to_, span.end);
  if (span.duration() < kNothing) return;
  if (auto audio = audio_of(span)) items_.push_back(Final{{std::move(audio), true, edge_}});
}

/// Lets go of what is committed: from where the last sentence ended, where that is not long ago,
/// else from a word that leaves some context.
void LiveWindows::trim() {
  if (!open_ || edge_ - open_->begin <= options_.trim_after || open_->trims.empty()) return;
  const MediaTime frontier = open_->trims.back().time;
  MediaTime begin = open_->begin;
  MediaTime sentence = open_->begin;
  for (const TrimPoint& point : open_->trims) {
    if (point.ends_sentence) sentence = point.time;
    if (point.time + options_.context <= frontier) begin = point.time;
  }
  if (sentence > begin || edge_ - sentence <= options_.trim_after) begin = sentence;
  open_->begin = begin;
  std::erase_if(open_->trims, [&](const TrimPoint& point) { return point.time <= begin; });
}

void LiveWindows::cut_full_windows() {
  while (open_ && edge_ - open_->begin > limit_) {
    trim();
    if (edge_ - open_->begin <= limit_) return;
    const auto heard = tape_.pieces({open_->begin, edge_});
    const auto most = static_cast<std::size_t>(duration_to_samples(limit_));
    const auto part = first_samples(heard, quietest_cut(heard, most));
    const MediaTime cut = part.empty() ? edge_ : part.back().end();
    close_at(cut);
    open_at(cut);
  }
}

void LiveWindows::push(MediaTime begin, std::span<const std::int16_t> samples) {
  if (samples.empty()) return;
  const AudioTape::Joint joint = tape_.empty() ? AudioTape::Joint::kGap : tape_.joint(begin);
  if (joint != AudioTape::Joint::kTouches) {
    close_at(edge_);
    if (joint == AudioTape::Joint::kBackward) {
      tape_.clear();
      closed_to_ = begin;
      edge_ = begin;
    }
  }
  if (closed_to_ == MediaTime::min()) closed_to_ = begin;
  tape_.append(begin, samples);
  const auto length = samples_to_duration(static_cast<std::int64_t>(samples.size()));
  if (assumes_speech_ || is_speech_) open_at(tape_.end() - length);
  edge_ = tape_.end();
  cut_full_windows();
  forget_audio();
}

void LiveWindows::speech_started(MediaTime at) {
  if (assumes_speech_ || is_speech_) return;
  is_speech_ = true;
  if (!tape_.empty()) open_at(std::max({at, reachable(), tape_.begin()}));
}

void LiveWindows::speech_ended(MediaTime at) {
  if (assumes_speech_ || !is_speech_) return;
  is_speech_ = false;
  close_at(at);
  forget_audio();
}

void LiveWindows::pass_gap(MediaTime to) {
  close_at(edge_);
  edge_ = std::max(edge_, to);
  forget_audio();
}

void LiveWindows::mark_boundary() {
  close_at(edge_);
  closed_to_ = std::max(closed_to_, edge_);
  items_.emplace_back(LiveMark{});
}

void LiveWindows::mark_restart() {
  mark_boundary();
  tape_.clear();
  is_speech_ = false;
  edge_ = MediaTime(0);
  closed_to_ = MediaTime::min();
}

void LiveWindows::mark() { items_.emplace_back(LiveMark{}); }

LiveWindow LiveWindows::fly(LiveWindow window) {
  in_flight_.push_back({window.span(), window.is_final});
  return window;
}

bool LiveWindows::is_partial_in_flight() const {
  return std::ranges::any_of(in_flight_, [](const Flight& flight) { return !flight.is_final; });
}

std::optional<LiveStep> LiveWindows::next_partial() {
  if (!open_ || !step_ || is_partial_in_flight() || in_flight_.size() >= options_.lanes) {
    return std::nullopt;
  }
  const MediaTime heard = open_->asked_to.value_or(open_->begin);
  if (edge_ - heard < *step_) return std::nullopt;
  trim();
  auto audio = audio_of({open_->begin, edge_});
  if (audio == nullptr) return std::nullopt;
  open_->asked_to = edge_;
  return fly({std::move(audio), false, edge_});
}

std::optional<LiveStep> LiveWindows::next() {
  if (items_.empty()) return next_partial();
  if (std::holds_alternative<Final>(items_.front()) && in_flight_.size() >= options_.lanes) {
    return std::nullopt;
  }
  const Item item = std::move(items_.front());
  items_.pop_front();
  if (const auto* final_window = std::get_if<Final>(&item)) return fly(final_window->window);
  if (const auto* skipped = std::get_if<SkippedWindow>(&item)) return *skipped;
  return LiveMark{};
}

void LiveWindows::done() {
  if (!in_flight_.empty()) in_flight_.pop_front();
}

void LiveWindows::committed(TimeSpan word, bool ends_sentence) {
  if (!open_ || word.end <= open_->begin) return;
  if (word.begin > open_->begin) open_->trims.push_back({word.begin, false});
  open_->trims.push_back({word.end, ends_sentence});
}

MediaDuration LiveWindows::oldest_age() const {
  return in_flight_.empty() ? oldest_waiting_age() : edge_ - in_flight_.front().span.end;
}

MediaDuration LiveWindows::oldest_waiting_age() const {
  for (const Item& item : items_) {
    if (const auto* waiting = std::get_if<Final>(&item)) return edge_ - waiting->window.span().end;
  }
  return MediaDuration(0);
}

bool LiveWindows::skip_oldest() {
  for (Item& item : items_) {
    const auto* waiting = std::get_if<Final>(&item);
    if (waiting == nullptr) continue;
    item = SkippedWindow{waiting->window.span()};
    return true;
  }
  return false;
}

MediaTime LiveWindows::reachable() const {
  return assumes_speech_ ? edge_ : edge_ - options_.history;
}

MediaTime LiveWindows::watermark() const {
  if (!in_flight_.empty()) return in_flight_.front().span.begin;
  for (const Item& item : items_) {
    if (const auto* waiting = std::get_if<Final>(&item)) return waiting->window.span().begin;
    if (const auto* skipped = std::get_if<SkippedWindow>(&item)) return skipped->span.begin;
  }
  return std::max(open_ ? open_->begin : reachable(), closed_to_);
}

void LiveWindows::forget_audio() {
  if (tape_.empty()) return;
  MediaTime needed = std::min(tape_.end(), edge_ - options_.history);
  if (open_) needed = std::min(needed, open_->begin);
  tape_.forget_before(needed);
}

void LiveWindows::reset() {
  tape_.clear();
  open_.reset();
  items_.clear();
  in_flight_.clear();
  is_speech_ = false;
  edge_ = MediaTime(0);
  closed_to_ = MediaTime::min();
}

}  // namespace subtide
