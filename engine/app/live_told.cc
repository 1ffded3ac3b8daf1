#include "engine/app/live_told.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "elements/cea608/caption_note.h"
#include "engine/app/live_markers.h"
#include "engine/pipeline/session_texts.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPageEvery(500);
constexpr std::size_t kMostGaps = 10'000;

/// Data waits or is dropped, for a time: it cannot keep up, is away, or its disk is full.
bool is_held_up(SideOutputState state) {
  switch (state) {
    case SideOutputState::kCongested:
    case SideOutputState::kRetrying:
    case SideOutputState::kFull:
      return true;
    case SideOutputState::kConnecting:
    case SideOutputState::kFlowing:
    case SideOutputState::kFailed:
    case SideOutputState::kEnded:
      return false;
  }
  return false;
}

/// 0 for "normal"; the names are those of the shedder, mildest first.
int shed_rung_number(const std::string& name) {
  constexpr ShedRung kRungs[] = {ShedRung::kStopPartials, ShedRung::kLargerStep,
                                 ShedRung::kSmallerModel, ShedRung::kShorterBeam, ShedRung::kSkip};
  int number = 0;
  for (const auto rung : kRungs) {
    ++number;
    if (to_string(rung) == name) return number;
  }
  return 0;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

MediaTime end_of_words(const Cue& cue) {
  return cue.words.empty() ? cue.span.end : cue.words.back().span.end;
}

}  // namespace

LiveTold::LiveTold(Listeners to, std::string job, LiveBoard board)
    : to_(to), job_(std::move(job)), board_(std::move(board)) {}

LiveBoard LiveTold::board() const {
  const std::lock_guard lock(mutex_);
  return board_;
}

void LiveTold::change(const std::function<void(LiveBoard&)>& change) {
  const std::lock_guard lock(mutex_);
  change(board_);
}

void LiveTold::on_speech(const SpeechSegment& segment) {
  to_.events.emit(job_, SpeechStarted{segment.span.begin});
  to_.events.emit(job_, SpeechEnded{segment});
}

void LiveTold::on_gap(const Gap& gap) {
  to_.console.detail("{} - {}: no captions: {}", format_clock(gap.span.begin),
                     format_clock(gap.span.end), gap.reason);
  to_.metrics.gap_marked(gap.reason);
  if (to_.sidecars != nullptr) to_.sidecars->add(gap);
  const std::lock_guard lock(mutex_);
  if (gaps_.size() < kMostGaps) gaps_.push_back(gap);
}

void LiveTold::on_model(const ModelUse& model) {
  to_.console.line("{}: {}{}{}", model.role, model.spec, model.detail.empty() ? "" : "; ",
                   model.detail);
  to_.events.emit(job_, ModelLoaded{{model.role, model.spec, model.detail}});
  if (to_.sidecars != nullptr) to_.sidecars->add_model(model.role, model.spec);
  const std::lock_guard lock(mutex_);
  models_.push_back({model.role, model.spec, model.detail});
}

void LiveTold::on_message(GstMessage* message) {
  if (const auto partial = read_partial_text(message)) return tell_partial(*partial);
  if (const auto commit = read_commit_notice(message)) {
    for (const auto& word : commit->words) {
      to_.metrics.word_committed(word.policy, word.compute);
    }
    return;
  }
  if (const auto degrade = read_degrade_notice(message)) return tell_degrade(*degrade);
  if (const auto placed = read_metadata_placed(message)) {
    if (tells_of_markers(GST_MESSAGE_SRC_NAME(message))) tell_marker(*placed);
    return;
  }
  if (const auto note = read_caption_note(message)) tell_caption_note(*note);
}

/// What CEA-608 cannot spell is told once to everybody, then to those who want to know all.
void LiveTold::tell_caption_note(const Cea608Note& note) {
  if (note.kind == Cea608Note::Kind::kLate) {
    to_.console.detail("{}: CEA-608 is {:.1f} s late", format_clock(note.span.begin),
                       to_seconds(note.late));
  }
  if (note.kind != Cea608Note::Kind::kUnspelled) return;
  const std::string line =
      fmt::format("{}: CEA-608 cannot spell '{}'; {} stands there", format_clock(note.span.begin),
                  note.text, note.instead.empty() ? "nothing" : "'" + note.instead + "'");
  if (std::exchange(has_told_unspelled_, true)) {
    to_.console.detail("{}", line);
  } else {
    to_.console.line("{} (others are told with -v)", line);
  }
}

void LiveTold::tell_marker(const MetadataPlaced& placed) {
  to_.metrics.metadata_placed();
  const TimedMetadata& item = placed.item;
  to_.events.emit(job_, MediaMetadataTimed{item});
  to_.feed.tell("marker",
                dump({{"id", item.id}, {"class", item.class_name}, {"at", to_seconds(item.at)}}));
}

void LiveTold::tell_partial(const PartialText& partial) {
  to_.events.emit(
      job_, TranscriptPartial{partial.language, partial.words, static_cast<int>(partial.revision)});
  to_.feed.tell("partial",
                dump({{"start", to_seconds(partial.span.begin)}, {"text", to_text(partial.words)}}),
                PageFeed::Kind::kLasting);
}

void LiveTold::tell_degrade(const DegradeNotice& notice) {
  const LadderStep step{"recognizer", notice.from, notice.to, notice.cause};
  const int rung = shed_rung_number(notice.to);
  to_.console.line("recognition is {:.1f} s behind: {} -> {}", to_seconds(notice.age), notice.from,
                   notice.to);
  if (notice.is_entered) {
    to_.events.emit(job_, DegradeEntered{step});
  } else {
    to_.events.emit(job_, DegradeLeft{step});
  }
  to_.metrics.rung_taken(rung);
  change([&](LiveBoard& board) { board.rung = rung; });
}

void LiveTold::on_warning(const std::string& line) { to_.console.line("{}", line); }

void LiveTold::on_transcript(const Phrase& shown) {
  const Phrase phrase = shifted(shown, -lateness_);
  to_.events.emit(job_, TranscriptFinal{phrase.language, phrase.words, 0});
  const std::string text = to_text(phrase.words);
  to_.feed.tell("phrase", dump({{"start", to_seconds(phrase.span().begin)},
                                {"end", to_seconds(phrase.span().end)},
                                {"language", phrase.language},
                                {"text", text}}));
  change([&](LiveBoard& board) {
    board.last_words = text;
    if (!phrase.language.empty()) board.language = phrase.language;
  });
}

void LiveTold::on_translation(const Phrase& phrase) {
  const std::string spoken = board().language;
  to_.events.emit(
      job_, TranslationFinal{phrase.language, to_text(phrase.words),
                             spoken.empty() ? "und" : spoken, phrase.span().shifted(-lateness_)});
}

void LiveTold::on_cue(const Cue& cue) {
  const MediaDuration delay =
      session_ == nullptr ? MediaDuration(0) : session_->now() - end_of_words(cue) + lateness_;
  to_.events.emit(job_, CueEmitted{cue, delay});
  if (to_.sidecars != nullptr) to_.sidecars->add(cue);
  to_.metrics.caption_published(cue.language, delay);
  Json lines = Json::array();
  for (const auto& line : cue.lines) lines.push_back(line);
  to_.feed.tell("cue", dump({{"id", cue.id},
                             {"start", to_seconds(cue.span.begin)},
                             {"end", to_seconds(cue.span.end)},
                             {"language", cue.language},
                             {"lines", lines}}));
  change([&](LiveBoard& board) { board.caption_delay = delay; });
}

void LiveTold::on_output(const std::string& target, SideOutputState state,
                         const std::string& detail) {
  if (is_held_up(state)) {
    bool is_news = false;  // a target that changes from one of these states to another is told once
    {
      const std::lock_guard lock(mutex_);
      is_news = held_up_.insert(target).second;
    }
    if (is_news) to_.events.emit(job_, OutputCongested{target, detail});
  } else if (state == SideOutputState::kFlowing) {
    {
      const std::lock_guard lock(mutex_);
      held_up_.erase(target);
    }
    to_.events.emit(job_, OutputCleared{target});
  }
  const std::string reason = detail.empty() ? "" : ": " + detail;
  to_.console.line("{}: {}{}", target, to_string(state), reason);
  if (state == SideOutputState::kFailed || state == SideOutputState::kFull) {
    const std::lock_guard lock(mutex_);
    has_failed_output_ = true;
  }
  to_.metrics.output_congested(target, is_held_up(state));
  change([&](LiveBoard& board) { board.output(target).state = to_string(state); });
  to_.feed.tell("output",
                dump({{"target", target}, {"state", to_string(state)}, {"detail", detail}}));
}

void LiveTold::on_segment(const SegmentPublished& segment, const SegmentFigures& figures) {
  to_.metrics.segment_published(segment.rendition, figures.bytes);
  to_.metrics.segment_packaged(segment.rendition, figures.waited, figures.packaging);
  to_.events.emit(job_, OutputSegmentPublished{"hls", segment.name, segment.span, figures.bytes,
                                               figures.waited, figures.serving, figures.packaging});
  WallTime wall;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (leader_.empty()) leader_ = segment.rendition;
    if (leader_ != segment.rendition) return;
    wall = epoch_ ? epoch_->to_wall(segment.span.begin) : std::chrono::system_clock::now();
    number = ++board_.segments;
  }
  to_.events.emit(job_, MediaSegmentBoundary{segment.epoch, number, segment.span, wall});
}

void LiveTold::on_playlist(const std::string& name, std::uint64_t sequence) {
  to_.events.emit(job_, OutputPlaylistUpdated{"hls", name, sequence});
}

void LiveTold::on_late_cue(const Cue& cue) { to_.metrics.late_cue(cue.language); }

void LiveTold::on_ending() {
  change([](LiveBoard& board) { board.state = "ending"; });
}

void LiveTold::on_turn() {
  const auto now = SteadyClock::now();
  {
    const std::lock_guard lock(mutex_);
    if (session_ != nullptr) board_.position = session_->position();
    if (now - page_told_ < kPageEvery) return;
    page_told_ = now;
  }
  const LiveBoard shown = board();
  to_.feed.tell("state", to_json(shown), PageFeed::Kind::kLasting);
  to_.console.status([&](int width) { return status_line(shown, width); });
}

bool LiveTold::has_failed_output() const {
  const std::lock_guard lock(mutex_);
  return has_failed_output_;
}

std::vector<Gap> LiveTold::gaps() const {
  const std::lock_guard lock(mutex_);
  return gaps_;
}

std::vector<ModelNamed> LiveTold::models() const {
  const std::lock_guard lock(mutex_);
  return models_;
}

}  // namespace subtide
