// When a Presentation publishes what of its renditions.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/packaging/presentation.h"

namespace subtide {
namespace {

constexpr Boundary kBehindAll{{std::numeric_limits<int>::max(), MediaTime::max()}};

}  // namespace

void Presentation::publish_due() {
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  for (const auto& rendition : renditions_) {
    publish_due(*rendition);
    first = std::min(first, rendition->next());
  }
  plan_.forget_before(first);
  has_ended_ = plan_.has_finished() && std::ranges::all_of(renditions_, [](const auto& each) {
                 return each->shelf().playlist().has_ended;
               });
  publish_multivariant();
}

void Presentation::publish_due(Rendition& rendition) {
  if (rendition.options().waits_for_language && !rendition.has_ended()) return;
  while (const PlannedSegment* segment = plan_.find(rendition.next())) {
    const PlannedSegment* following = plan_.find(segment->number + 1);
    const Boundary until = following != nullptr ? following->boundary() : kBehindAll;
    const Epoch* epoch = epoch_of(segment->begin.epoch);
    rendition.publish_parts(
        *segment, following != nullptr ? until : sure_until(rendition, *segment), epoch, effects_);
    if (!segment->is_closed) return;
    if (!rendition.has_reached(until)) {
      if (!is_over(rendition, *segment)) return;
      if (rendition.is_media()) rendition.media().give_up_before(until);
    }
    const auto complete_at = options_.clock();
    const std::size_t before = effects_.size();
    rendition.publish(*segment, until, epoch, plan_.target_seconds(), effects_);
    if (effects_.size() == before) continue;
    auto* published = std::get_if<SegmentPublished>(&effects_.back());
    if (published != nullptr) published->complete_at = complete_at;
  }
  if (plan_.has_finished()) finish(rendition);
}

/// Behind what the leading track has reached, a boundary may still come, and it comes before the
/// segment is too long.
Boundary Presentation::sure_until(const Rendition& rendition, const PlannedSegment& segment) {
  const Rendition* leader = reference();
  if (&rendition == leader) return kBehindAll;
  const MediaDuration promised = std::chrono::seconds(plan_.target_seconds());
  const bool is_led = !leader->has_ended();
  const MediaTime latest =
      segment.begin.time + (is_led ? std::max(promised, options_.segment) : options_.segment);
  MediaTime reached = is_led ? leader->media().reached().time : latest;
  // Text goes no further than samples do: the last of them is the end of everything.
  if (!rendition.is_media()) reached = std::min(reached, end_of_media());
  return {{segment.begin.epoch, std::min(reached, latest)}, Boundary::Parts::kBoth};
}

MediaTime Presentation::end_of_media() const {
  MediaTime end{0};
  for (const auto& rendition : renditions_) {
    if (rendition->is_media()) end = std::max(end, rendition->media().end());
  }
  return end;
}

bool Presentation::is_over(const Rendition& rendition, const PlannedSegment& segment) const {
  const auto& patience = rendition.is_media() ? options_.media_patience : options_.patience;
  return patience && options_.clock() >= segment.closed_at + *patience;
}

void Presentation::finish(Rendition& rendition) {
  if (rendition.shelf().playlist().has_ended) return;
  rendition.shelf().finish();
  rendition.publish_playlist(effects_);
  for (Cue& cue : rendition.cues().take_rest()) {
    effects_.push_back(LateCue{rendition.folder(), std::move(cue)});
  }
}

}  // namespace subtide
