#include "engine/packaging/cue_track.h"

#include <algorithm>
#include <utility>

#include "engine/packaging/webvtt_segment.h"

namespace subtide {

std::optional<Cue> CueTrack::push(Cue cue) {
  ++count_;
  if (cue.id.empty()) cue.id = std::to_string(count_);
  cue.span.begin = std::max(cue.span.begin, MediaTime(0));
  cue.span.end = std::max(cue.span.end, cue.span.begin);
  advance(cue.span.begin);
  if (cue.span.end <= published_ && published_ > MediaTime(0)) return cue;
  const auto place = std::ranges::upper_bound(cues_, cue.span.begin, {},
                                              [](const Cue& each) { return each.span.begin; });
  cues_.insert(place, std::move(cue));
  return std::nullopt;
}

void CueTrack::advance(MediaTime time) { reached_ = std::max(reached_, time); }

void CueTrack::note_shown(TimeSpan span) {
  for (const Cue& cue : cues_) {
    if (cue.span.begin < span.end && span.begin < cue.span.end) shown_.insert(cue.id);
  }
}

std::string CueTrack::write_part(TimeSpan span) {
  published_ = span.end;
  note_shown(span);
  return write_webvtt_segment(span, cues_);
}

std::string CueTrack::write_segment(TimeSpan span) {
  std::string bytes = write_webvtt_segment(span, cues_);
  published_ = span.end;
  note_shown(span);
  std::erase_if(cues_, [&](const Cue& cue) {
    const bool is_over = cue.span.end <= span.end;
    if (is_over) shown_.erase(cue.id);
    return is_over;
  });
  return bytes;
}

std::vector<Cue> CueTrack::take_rest() {
  std::vector<Cue> rest = std::exchange(cues_, {});
  std::erase_if(rest, [this](const Cue& cue) { return shown_.contains(cue.id); });
  return rest;
}

}  // namespace subtide
