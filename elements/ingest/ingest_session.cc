// The session's own threads: connecting, watching, filling. ingest_media.cc is what the source's
// threads do.
#include "elements/ingest/ingest_session.h"

#include <algorithm>
#include <random>
#include <utility>

#include "engine/gst/error.h"
#include "engine/gst/guard.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kGapStep{400};  // with the tick: a GAP at least each half second
constexpr seconds kMissing{3};         // then a stream beside others that flow is filled
constexpr seconds kDamageEvery{5};     // it is told at most so often
constexpr milliseconds kReaperPatience{2000};

milliseconds to_ms(MediaDuration time) { return std::chrono::duration_cast<milliseconds>(time); }

WatchLimits limits_of(const IngestPlan& plan) {
  WatchLimits limits;
  limits.connect = plan.waits_to_be_called() ? std::chrono::hours(24 * 365)
                                             : to_ms(plan.settings.connect_timeout);
  limits.silence = to_ms(plan.settings.stall_timeout);
  return limits;
}

ClockReading read_clock() {
  return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

// No other attempt helps.
bool is_final(ErrorCode code) {
  return code == ErrorCode::kInvalidArgument || code == ErrorCode::kUnsupported ||
         code == ErrorCode::kDenied;
}

}  // namespace

IngestSession::IngestSession(GstElement* element, IngestPlan plan)
    : element_(element),
      plan_(std::move(plan)),
      group_(gst_util_group_id_next()),
      start_(element),
      watch_(limits_of(plan_)),
      backoff_(std::random_device()()) {}

IngestSession::~IngestSession() {
  ticker_.request_stop();
  connector_.request_stop();
  std::shared_ptr<SourceGate> gate;
  {
    const std::lock_guard lock(mutex_);
    if (source_ != nullptr) source_->interrupt();
    gate = gate_;
  }
  changed_.notify_all();
  if (gate) gate->cut();
  if (connector_.joinable()) connector_.join();
  if (ticker_.joinable()) ticker_.join();
  for (auto& [port, output] : outputs_) {
    if (!output.out) continue;
    const PadPtr pad = own_object(output.out->pad());
    output.out.reset();
    gst_element_remove_pad(element_, pad.get());
  }
}

void IngestSession::start() {
  is_playing_ = !is_live();
  ticker_ = std::jthread(
      [this](const std::stop_token& stop) { guard(element_, [&] { look_at_clock(stop); }); });
  connector_ = std::jthread(
      [this](const std::stop_token& stop) { guard(element_, [&] { connect_for_ever(stop); }); });
}

void IngestSession::set_playing(bool is_playing) {
  if (!is_live()) return;
  const std::lock_guard lock(mutex_);
  is_playing_ = is_playing;
  for (auto& [port, output] : outputs_) {
    if (output.out) output.out->set_playing(is_playing);
  }
}

IngestNotice IngestSession::notice(IngestChange change, std::string reason) const {
  IngestNotice said;
  said.change = change;
  said.protocol = to_string(plan_.address.kind);
  said.url = plan_.address.shown;
  said.epoch = std::max(last_epoch_, 0);
  said.reason = std::move(reason);
  return said;
}

void IngestSession::tell(const News& news) {
  for (const Epoch& epoch : news.epochs) post_notice(element_, epoch);
  for (const IngestNotice& said : news.connection) post_notice(element_, said);
  for (const SoundNotice& said : news.sound) post_notice(element_, said);
  for (const FormatNotice& said : news.formats) post_notice(element_, said);
  for (const DamageNotice& said : news.damage) post_notice(element_, said);
  for (const TimedMetadata& item : news.metadata) post_notice(element_, item);
  if (news.has_all_pads) gst_element_no_more_pads(element_);
}

void IngestSession::connect_for_ever(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Outcome outcome = run_source(stop);
    if (stop.stop_requested()) return;
    if (!goes_on_after(outcome)) return;
    pause(stop);
  }
}

IngestSession::Outcome IngestSession::run_source(const std::stop_token& stop) {
  auto gate = std::make_shared<SourceGate>(this, false);
  {
    const std::lock_guard lock(mutex_);
    gate_ = gate;
    lost_.reset();
    silent_for_ = {};
    watch_.start(std::chrono::steady_clock::now());
  }
  if (stop.stop_requested()) gate->cut();
  auto source = LiveSource::open(plan_, memory_, gate);
  Outcome outcome;
  if (source) {
    {
      const std::lock_guard lock(mutex_);
      source_ = source->get();
    }
    while (!stop.stop_requested()) {
      auto event = (*source)->next_event(kTick);
      const std::lock_guard lock(mutex_);
      outcome.has_ended = event.has_ended;
      if (!event.failed && lost_) event.failed = lost_;
      if (event.failed) outcome.error = std::move(*event.failed);
      outcome.silent_for = silent_for_;
      if (event.has_ended || event.failed) break;
    }
  } else {
    outcome.error = std::move(source.error());
  }
  forget_source(source ? std::move(*source) : nullptr);
  return outcome;
}

// Downstream goes on; what hangs in the source does so by itself.
void IngestSession::forget_source(std::unique_ptr<LiveSource> source) {
  gate_->cut();
  News news;
  {
    const std::lock_guard lock(mutex_);
    source_ = nullptr;
    watch_.stop();
    notice_damage(SteadyTime::max(), news);
    deliver(mapper_.finish(read_clock()), news);
    mapper_.reconnect();
    for (auto& [port, output] : outputs_) {
      output.pending.clear();
      mapper_.set_present(output.stream, false);
    }
    is_connected_ = false;
  }
  tell(news);
  if (!source) return;
  std::shared_ptr<LiveSource> owned = std::move(source);
  if (reaper_.run([owned = std::move(owned)]() mutable { owned.reset(); }, kReaperPatience)) return;
  post_warning(element_, make_error(ErrorCode::kInternal,
                                    "{}: a part of the lost connection hangs and is left",
                                    plan_.address.shown));
}

bool IngestSession::goes_on_after(const Outcome& outcome) {
  const bool is_over = outcome.has_ended && !plan_.address.is_endless();
  const bool is_failed = !outcome.has_ended && (!plan_.address.is_endless() ||
                                                (!was_connected_ && is_final(outcome.error.code)));
  if (is_over || is_failed) {
    News news;
    {
      const std::lock_guard lock(mutex_);
      news.connection.push_back(notice(IngestChange::kEnded, outcome.error.message));
    }
    tell(news);
    if (is_failed) post_error(element_, outcome.error);
    end_pads();
    return false;
  }
  News news;
  {
    const std::lock_guard lock(mutex_);
    const std::string reason =
        outcome.has_ended ? "the source closed the connection" : outcome.error.message;
    if (was_connected_ && backoff_.attempts() == 0) {
      news.connection.push_back(notice(IngestChange::kLost, reason));
      news.connection.back().noticed_after = to_ms(outcome.silent_for);
    }
    lost_ = make_error(outcome.error.code, "{}", reason);
  }
  tell(news);
  return true;
}

void IngestSession::pause(const std::stop_token& stop) {
  milliseconds time{0};
  News news;
  {
    const std::lock_guard lock(mutex_);
    time = backoff_.next();
    news.connection.push_back(notice(IngestChange::kRetrying, lost_ ? lost_->message : ""));
    news.connection.back().attempt = backoff_.attempts();
    news.connection.back().next_in = time;
  }
  tell(news);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, time, [] { return false; });
}

void IngestSession::end_pads() {
  const std::lock_guard lock(mutex_);
  for (auto& [port, output] : outputs_) {
    if (output.out) output.out->put_end();
  }
}

void IngestSession::look_at_clock(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    tick(read_clock());
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kTick, [] { return false; });
  }
}

void IngestSession::tick(ClockReading now) {
  News news;
  {
    const std::lock_guard lock(mutex_);
    deliver(mapper_.poll(now), news);
    notice_damage(now.steady, news);
    if (plan_.is_live()) {
      notice_sound(watch_.poll(now.steady), news);
      if (plan_.settings.fill != FillKind::kNone) fill(now.steady);
    }
  }
  tell(news);
}

// The first damage soon, what follows together. At the end of a connection: whatever is left.
void IngestSession::notice_damage(SteadyTime now, News& news) {
  if (now < damage_told_ + kDamageEvery) return;
  const TsDamage found = std::exchange(health_, {});
  if (!found.is_any()) return;
  damage_told_ = now == SteadyTime::max() ? std::chrono::steady_clock::now() : now;
  news.damage.push_back({std::string(to_string(plan_.address.kind)), plan_.address.shown,
                         std::max(last_epoch_, 0), found.packets, found.missing, found.broken});
}

void IngestSession::fill(OutputStream& out, TimeSpan span) const {
  if (plan_.settings.fill == FillKind::kSilence) {
    out.put_silence(span);
  } else {
    out.put_gap(span);
  }
}

void IngestSession::fill(SteadyTime now) {
  if (mapper_.epochs().empty()) return;
  const MediaDuration hold = is_connected_ ? MediaDuration(kMissing) : MediaDuration(0);
  const MediaTime until = mapper_.engine_time(now) - hold;
  for (auto& [port, output] : outputs_) {
    if (!output.out || output.epoch < 0) continue;
    if (until - output.end < kGapStep) continue;
    fill(*output.out, {output.end, until});
    output.end = until;
    mapper_.fill(output.stream, until);
  }
}

void IngestSession::notice_sound(const std::vector<WatchNotice>& notices, News& news) {
  const MediaTime at = mapper_.engine_time(std::chrono::steady_clock::now());
  for (const WatchNotice& said : notices) {
    switch (said.kind) {
      case WatchKind::kNotConnected:
        lost_ = make_error(ErrorCode::kDeadline, "no media came within {} s",
                           to_ms(said.since).count() / 1000);
        break;
      case WatchKind::kSourceSilent:
        silent_for_ = said.since;
        lost_ = make_error(ErrorCode::kUnavailable, "the source fell silent");
        break;
      case WatchKind::kAudioMissing:
        news.sound.push_back({SoundChange::kMissing, at, said.since});
        continue;
      case WatchKind::kAudioSilent:
        news.sound.push_back({SoundChange::kSilent, at, said.since});
        continue;
      case WatchKind::kAudioRestored:
        news.sound.push_back({SoundChange::kRestored, at, said.since});
        continue;
    }
    if (source_ != nullptr) source_->interrupt();
  }
}

void IngestSession::comes_in_pieces(MediaDuration length) {
  const std::lock_guard lock(mutex_);
  watch_.allow_silence(std::max(to_ms(plan_.settings.stall_timeout), to_ms(length) * 3));
}

void IngestSession::wake() {
  const std::lock_guard lock(mutex_);
  for (auto& [port, output] : outputs_) {
    if (output.out) output.out->wake();
  }
}

}  // namespace subtide
