#include "engine/packaging/presentation.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

// How far other tracks may run ahead of one that sets the boundaries, in target durations.
constexpr int kPatienceInTargets = 2;
// Ids of metadata are remembered so long: a ladder's renditions tell of the same item one by one.
constexpr MediaDuration kItemMemory = std::chrono::minutes(10);

bool is_file_name(const std::string& name) {
  const auto is_plain = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '-' || each == '_';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_plain);
}

Status check(const PresentationOptions& options) {
  if (options.segment < std::chrono::milliseconds(200)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "segments of {} s are too short: use 0.2 or more",
                      to_seconds(options.segment));
  }
  if (options.part < MediaDuration(0) || options.part > options.segment) {
    return make_error(ErrorCode::kInvalidArgument,
                      "parts of {} s are longer than segments of {} s: make them shorter",
                      to_seconds(options.part), to_seconds(options.segment));
  }
  if (options.window < 3) {
    return make_error(ErrorCode::kInvalidArgument,
                      "a window of {} segments is too small for players: use 3 or more",
                      options.window);
  }
  const int promised = options.former.target_seconds();
  if (promised > 0 && rounded_seconds(options.segment) > promised) {
    return make_error(ErrorCode::kInvalidArgument,
                      "segments of {} s do not fit into the programme that goes on: use {} s or "
                      "less, or another folder",
                      to_seconds(options.segment), promised);
  }
  return ok();
}

Cue shifted(Cue cue, MediaDuration by) {
  cue.span = cue.span.shifted(by);
  for (Word& word : cue.words) word.span = word.span.shifted(by);
  return cue;
}

}  // namespace

Presentation::Presentation(PresentationOptions options)
    : options_(std::move(options)), plan_(options_.segment, options_.after.next_sequence) {
  plan_.promise(options_.former.target_seconds());
}

Result<Presentation> Presentation::create(PresentationOptions options) {
  if (auto checked = check(options); !checked) return checked.error();
  if (!options.former.is_empty()) options.after = options.former.playlist_end();
  if (!options.clock) options.clock = [] { return std::chrono::nanoseconds(0); };
  return Presentation(std::move(options));
}

Result<Presentation::Id> Presentation::add(RenditionOptions options) {
  if (!is_file_name(options.name)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' cannot name a rendition: use letters, digits, '-' and '_'",
                      options.name);
  }
  const std::string folder = folder_of(options);
  for (const auto& rendition : renditions_) {
    if (rendition->folder() != folder) continue;
    return make_error(ErrorCode::kAlreadyExists,
                      "two renditions would write {}/: give each its own name", folder);
  }
  ShelfOptions shelf{options_.type, options_.window, options_.part, options_.after};
  renditions_.push_back(
      std::make_unique<Rendition>(std::move(options), shelf, options_.write_event));
  const auto former = options_.former.playlists.find(folder);
  if (former != options_.former.playlists.end()) renditions_.back()->take_over(former->second);
  epoch_of_rendition_.push_back(0);
  return renditions_.size() - 1;
}

void Presentation::set_format(Id id, const TrackFormat& format) {
  renditions_.at(id)->media().set_format(format);
}

void Presentation::set_frame_rate(Id id, double frames_per_second) {
  renditions_.at(id)->set_frame_rate(frames_per_second);
}

void Presentation::set_language(Id id, const std::string& language) {
  Rendition& rendition = *renditions_.at(id);
  if (!rendition.options().waits_for_language || !is_file_name(language)) return;
  RenditionOptions named = rendition.options();
  named.name = language;
  const bool is_taken = std::ranges::any_of(
      renditions_, [&](const auto& each) { return each->folder() == folder_of(named); });
  if (is_taken) return;
  rendition.name_language(language);
  keep_going();
}

void Presentation::begin_epoch(Id id, const Epoch& epoch) {
  Epoch placed = epoch;
  placed.begins += origin();
  epochs_.emplace(epoch.number, std::move(placed));
  int& current = epoch_of_rendition_.at(id);
  current = std::max(current, epoch.number);
}

const Epoch* Presentation::epoch_of(int number) const {
  const auto found = epochs_.find(number);
  return found == epochs_.end() ? nullptr : &found->second;
}

/// Encoders of sound hold a frame back, and give it away behind the news of the next epoch.
int Presentation::epoch_of(Id id, const Sample& sample) const {
  int number = epoch_of_rendition_.at(id);
  if (renditions_.at(id)->options().kind != RenditionKind::kAudio) return number;
  const MediaTime middle = sample.presentation + sample.duration / 2;
  for (const Epoch* epoch = epoch_of(number); epoch != nullptr && middle < epoch->begins;) {
    const Epoch* former = epoch_of(number - 1);
    if (former == nullptr) break;
    epoch = former;
    --number;
  }
  return number;
}

Position Presentation::position_of(Id id, MediaTime time) const {
  return {epoch_of_rendition_.at(id), time};
}

/// The rendition that sets the boundaries; null when there is only text.
Rendition* Presentation::reference() {
  for (const RenditionKind kind : {RenditionKind::kVideo, RenditionKind::kAudio}) {
    for (const auto& rendition : renditions_) {
      if (rendition->options().kind == kind) return rendition.get();
    }
  }
  return nullptr;
}

Status Presentation::push(Id id, Sample sample) {
  Rendition& rendition = *renditions_.at(id);
  const MediaTime at = sample.presentation;
  sample.presentation += origin();
  sample.decode += origin();
  Result<bool> taken = false;
  if (!rendition.has_ended()) {
    const int epoch = epoch_of(id, sample);
    taken = rendition.media().push(std::move(sample), epoch);
  }
  if (!taken) return taken.error();
  if (!*taken) {
    effects_.push_back(LostSample{rendition.folder(), at});
    return ok();
  }
  if (&rendition == reference()) {
    SegmentPlan::Beat beat = rendition.media().newest();
    if (const Epoch* epoch = epoch_of(beat.at.epoch)) beat.epoch_begins = epoch->begins;
    plan_.observe(beat, rendition.media().end_before_newest(), options_.clock());
  }
  keep_going();
  publish_due();
  return ok();
}

void Presentation::push(Id id, Cue cue) {
  Rendition& rendition = *renditions_.at(id);
  const bool is_over = plan_.has_finished() && plan_.find(rendition.next()) == nullptr;
  std::optional<Cue> late;
  cue = shifted(std::move(cue), origin());
  if (is_over) {
    late = std::move(cue);
  } else {
    late = rendition.cues().push(std::move(cue));
  }
  if (late) effects_.push_back(LateCue{rendition.folder(), std::move(*late)});
  publish_due();
}

bool Presentation::forget_duplicate(const TimedMetadata& item) {
  std::erase_if(known_items_,
                [&item](const auto& known) { return known.second + kItemMemory < item.at; });
  return !known_items_.emplace(item.id, item.at).second;
}

void Presentation::push(const TimedMetadata& told) {
  TimedMetadata item = told;
  item.at += origin();
  if (forget_duplicate(item)) return;
  const Rendition* leader = reference();
  if (leader == nullptr) return;
  const Epoch* epoch = nullptr;
  for (const auto& [number, each] : epochs_) {
    if (epoch == nullptr || each.begins <= item.at) epoch = &each;
  }
  for (const auto& rendition : renditions_) {
    if (!rendition->is_media()) continue;
    if (rendition->options().kind == leader->options().kind) rendition->media().add(item);
    if (epoch == nullptr || !options_.write_date_ranges) continue;
    const WallTime starts = epoch->to_wall(item.at);
    const WallTime ends = epoch->to_wall(item.at + item.duration.value_or(MediaDuration(0)));
    for (std::string& attributes : options_.write_date_ranges(item, *epoch)) {
      rendition->shelf().add(DateRangeEntry{starts, std::move(attributes)}, ends);
    }
  }
}

void Presentation::advance(Id id, MediaTime until) {
  Rendition& rendition = *renditions_.at(id);
  until += origin();
  if (rendition.is_media()) {
    rendition.media().settle(position_of(id, until));
  } else {
    rendition.cues().advance(until);
  }
  keep_going();
  publish_due();
}

void Presentation::end(Id id) {
  Rendition& rendition = *renditions_.at(id);
  if (rendition.is_media()) rendition.media().finish();
  rendition.set_ended();
  keep_going();
  finish_when_all_ended();
  publish_due();
}

void Presentation::tick() { publish_due(); }

/// Whoever hears of the effects knows engine time only.
std::vector<PublishEffect> Presentation::take_effects() {
  std::vector<PublishEffect> effects = std::exchange(effects_, {});
  if (origin() == MediaDuration(0)) return effects;
  for (PublishEffect& effect : effects) {
    if (auto* segment = std::get_if<SegmentPublished>(&effect)) {
      segment->span = segment->span.shifted(-origin());
    } else if (auto* late = std::get_if<LateCue>(&effect)) {
      late->cue = shifted(std::move(late->cue), -origin());
    }
  }
  return effects;
}

/// Where the track that sets the boundaries has ended or gives nothing, the others go on by time.
void Presentation::keep_going() {
  Rendition* leader = reference();
  for (const auto& rendition : renditions_) {
    if (!rendition->is_media() || rendition.get() == leader || rendition->has_ended()) continue;
    const MediaTrack& track = rendition->media();
    const MediaDuration slack =
        leader->has_ended() ? MediaDuration(0) : kPatienceInTargets * options_.segment;
    while (const auto place = next_without(*leader, track, slack)) {
      plan_.begin_at(*place, options_.clock());
    }
  }
}

/// The place where the plan has to open a segment by itself, when `track` is that far ahead.
std::optional<Position> Presentation::next_without(const Rendition& leader, const MediaTrack& track,
                                                   MediaDuration slack) const {
  const PlannedSegment* open = plan_.open_segment();
  if (plan_.has_finished()) return std::nullopt;
  if (open == nullptr) {
    if (track.front() == nullptr) return std::nullopt;
    const Position first = track.front_position();
    const bool is_far = track.reached().time - first.time > slack + options_.segment;
    return is_far ? std::optional(first) : std::nullopt;
  }
  Position due{open->begin.epoch, open->begin.time + options_.segment};
  const MediaTime led = leader.media().reached().time;
  const MediaTime reached = track.reached().time;
  // Of a track that has ended the rest still belongs to the open segment.
  if (leader.has_ended()) {
    const MediaTime sure = open->begin.time + std::chrono::seconds(plan_.target_seconds());
    due.time = std::max({due.time, leader.media().end(), std::min(led, sure)});
  }
  // Told of gaps for so long it gives nothing, and no key frame is waited for.
  const bool gives_something = led <= leader.media().end() + slack;
  const bool is_alive = !leader.has_ended() && led >= due.time && gives_something;
  if (is_alive || reached < due.time + slack) return std::nullopt;
  if (track.reached().epoch == due.epoch) return due;
  const Epoch* epoch = epoch_of(track.reached().epoch);
  return Position{track.reached().epoch, epoch != nullptr ? epoch->begins : reached};
}

void Presentation::finish_when_all_ended() {
  const bool goes_on = std::ranges::any_of(
      renditions_, [](const auto& each) { return each->is_media() && !each->has_ended(); });
  if (!goes_on) plan_.finish(end_of_media(), options_.clock());
}

}  // namespace subtide
