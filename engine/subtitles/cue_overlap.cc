#include "engine/subtitles/cue_overlap.h"

#include <cstddef>
#include <iterator>
#include <set>
#include <utility>

namespace subtide {

std::vector<Cue> one_at_a_time(const std::vector<Cue>& cues) {
  std::set<MediaTime> changes;
  for (const Cue& cue : cues) changes.insert({cue.span.begin, cue.span.end});
  std::vector<Cue> single;
  std::size_t first = 0;  // those before have ended
  for (auto at = changes.begin(); at != changes.end() && std::next(at) != changes.end(); ++at) {
    const TimeSpan span{*at, *std::next(at)};
    while (first < cues.size() && cues[first].span.end <= span.begin) ++first;
    Cue shown;
    const Cue* alone = nullptr;
    std::size_t count = 0;
    for (std::size_t i = first; i < cues.size() && cues[i].span.begin < span.end; ++i) {
      if (cues[i].span.end <= span.begin) continue;
      alone = &cues[i];
      ++count;
      shown.lines.insert(shown.lines.end(), cues[i].lines.begin(), cues[i].lines.end());
    }
    if (count == 0) continue;
    if (count == 1) shown = *alone;
    shown.span = span;
    single.push_back(std::move(shown));
  }
  return single;
}

}  // namespace subtide
