#include "elements/transcribe/live_recognition.h"

#include <algorithm>
#include <utility>

#include "engine/speech/phrase_split.h"
#include "engine/speech/word_match.h"

namespace subtide {
namespace {

constexpr const char* kOverloaded = "recognizer_overloaded";
/// The longest windows while partials are stopped, and on the next rung.
constexpr MediaDuration kShortWindow = std::chrono::seconds(5);
constexpr MediaDuration kLongWindow = std::chrono::seconds(10);
/// Less than this is no gap that anyone would miss words in.
constexpr MediaDuration kShortestGap = std::chrono::milliseconds(100);

}  // namespace

Result<LiveRecognition> LiveRecognition::create(const LiveRecognitionOptions& options) {
  auto windows = LiveWindows::create(options.windows);
  if (!windows) return windows.error();
  auto commits = CommitPolicy::create(options.commit);
  if (!commits) return commits.error();
  auto shedder = LoadShedder::create(options.shed);
  if (!shedder) return shedder.error();
  return LiveRecognition(std::move(*windows), std::move(*commits), std::move(*shedder), options);
}

LiveRecognition::LiveRecognition(LiveWindows windows, CommitPolicy commits, LoadShedder shedder,
                                 const LiveRecognitionOptions& options)
    : windows_(std::move(windows)),
      commits_(std::move(commits)),
      shedder_(std::move(shedder)),
      step_(options.windows.step),
      maximum_(options.windows.maximum),
      is_punctuated_(options.is_punctuated) {}

void LiveRecognition::watch_load() {
  for (const ShedChange& change : shedder_.observe(windows_.edge(), windows_.oldest_age())) {
    apply(change);
  }
  if (!shedder_.is_shedding(ShedRung::kSkip)) return;
  while (windows_.oldest_waiting_age() > shedder_.budget() && windows_.skip_oldest()) {
  }
}

void LiveRecognition::apply(const ShedChange& change) {
  changes_.push_back(change);
  const bool stops_partials = shedder_.is_shedding(ShedRung::kStopPartials);
  windows_.set_step(stops_partials ? std::nullopt : std::optional(step_));
  if (!stops_partials) return windows_.set_limit(maximum_);
  windows_.set_limit(shedder_.is_shedding(ShedRung::kLargerStep) ? kLongWindow : kShortWindow);
}

LiveOrder LiveRecognition::order(const LiveWindow& window, LiveClock::time_point now) const {
  LiveOrder order;
  order.is_final = window.is_final;
  order.edge = window.edge;
  order.asked = now;
  if (shedder_.is_shedding(ShedRung::kSmallerModel)) order.lesser_model = 1;
  if (shedder_.is_shedding(ShedRung::kShorterBeam)) order.effort = SearchEffort::kQuick;
  return order;
}

/// Phrases, preview and delays of what became final and of what did not.
LiveText LiveRecognition::text_of(CommitUpdate update, const CommitDelay& basis, MediaTime edge) {
  erasure_.show(update);
  LiveText text;
  Transcript transcript;
  transcript.language = language_;
  transcript.is_punctuated = is_punctuated_;
  CommitNotice notice;
  for (CommittedWord& each : update.committed) {
    const MediaTime end = each.word.span.end;
    windows_.committed(each.word.span, is_punctuated_ && may_end_sentence(each.word.text));
    notice.words.push_back(
        {end, std::max(edge - end, MediaDuration(0)), basis.compute, each.cause});
    transcript.words.push_back(std::move(each.word));
  }
  text.window.phrases = split_phrases(transcript);
  const bool is_cut_short =
      !notice.words.empty() && (notice.words.back().cause == CommitCause::kAgreed ||
                                notice.words.back().cause == CommitCause::kAge);
  if (is_cut_short) text.window.phrases.back().goes_on = true;
  text.window.language = language_;
  if (!notice.words.empty()) {
    notice.erasure = erasure_.normalized();
    text.commit = std::move(notice);
  }
  if (update.tail != shown_) {
    const MediaTime from = update.tail.empty() ? edge : update.tail.front().span.begin;
    text.partial = PartialText{update.tail, update.agreed, {from, edge}, language_, ++revision_};
    shown_ = std::move(update.tail);
  }
  text.watermark = watermark();
  return text;
}

LiveText LiveRecognition::decoded(const LiveDecode& decode, LiveClock::time_point now) {
  windows_.done();
  if (!decode.language.empty()) language_ = decode.language;
  const MediaTime before = commits_.frontier();
  CommitUpdate update;
  if (decode.failure) {
    // What was seen of a window that failed in the end is better than nothing.
    if (decode.order.is_final) update = commits_.force(MediaTime::min());
  } else if (decode.order.is_final) {
    update = commits_.complete(decode.words, decode.span);
  } else {
    update = commits_.partial(decode.words, decode.span);
  }
  LiveText text;
  if (!decode.failure || decode.order.is_final) {
    const CommitDelay basis{{}, {}, now - decode.order.asked, {}};
    text = text_of(std::move(update), basis, decode.order.edge);
  }
  text.window.span = decode.span;
  text.window.heard = decode.order.is_final ? decode.heard : MediaDuration(0);
  text.window.inference = decode.inference;
  text.window.model = decode.model;
  text.watermark = watermark();
  if (!decode.order.is_final) return text;
  text.window.failure = decode.failure;
  for (const Gap& gap : decode.gaps) give_up(text, gap.span, before, gap.reason);
  return text;
}

/// Marks what of `span` lies behind the words that were final before and behind those of `text`
/// that begin in it.
void LiveRecognition::give_up(LiveText& text, TimeSpan span, MediaTime from,
                              const std::string& reason) {
  MediaTime begin = std::max(span.begin, from);
  for (const Phrase& phrase : text.window.phrases) {
    const TimeSpan said = phrase.span();
    if (said.begin < span.end && said.end > begin) begin = std::max(begin, said.end);
  }
  if (span.end - begin < kShortestGap) return;
  text.window.gaps.push_back({{begin, span.end}, reason});
}

LiveText LiveRecognition::skipped(TimeSpan span) {
  const MediaTime before = commits_.frontier();
  LiveText text = text_of(commits_.force(MediaTime::min()), {}, windows_.edge());
  text.window.span = span;
  give_up(text, span, before, kOverloaded);
  return text;
}

LiveText LiveRecognition::boundary() {
  LiveText text = text_of(commits_.force(MediaTime::min()), {}, windows_.edge());
  if (!boundaries_.empty()) boundaries_.pop_front();
  return text;
}

LiveText LiveRecognition::tick() {
  return text_of(commits_.age(windows_.edge()), {}, windows_.edge());
}

void LiveRecognition::reset() {
  windows_.reset();
  commits_.reset();
  shown_.clear();
  boundaries_.clear();
}

std::optional<MediaTime> LiveRecognition::watermark() const {
  if (!windows_.has_audio()) return std::nullopt;
  const MediaTime time = std::max(commits_.frontier(), windows_.watermark());
  return boundaries_.empty() ? time : std::min(time, boundaries_.front());
}

}  // namespace subtide
