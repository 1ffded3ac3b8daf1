#include "engine/pipeline/audio_range.h"

#include <algorithm>
#include <chrono>

namespace subtide {
namespace {

using std::chrono::milliseconds;

// Containers round times to a millisecond, and decoders smooth them; more is a real overlap.
constexpr MediaDuration kJitter = milliseconds(40);
// Further back than this is another recording, not a repeated packet.
constexpr MediaDuration kRestart = milliseconds(1000);

}  // namespace

AudioCut AudioRange::push(TimeSpan audio) {
  audio = audio.shifted(shift_);
  if (last_end_ && audio.begin + kRestart < *last_end_) {
    const MediaDuration fallen = *last_end_ - audio.begin;
    shift_ += fallen;
    audio = audio.shifted(fallen);
  }
  MediaTime earliest = wanted_.begin;
  if (last_end_ && audio.begin + kJitter < *last_end_) {
    earliest = std::max(earliest, *last_end_);
    repeated_ += std::min(audio.end, *last_end_) - audio.begin;
  }
  last_end_ = std::max(last_end_.value_or(audio.end), audio.end);

  AudioCut cut;
  cut.is_end = audio.end >= wanted_.end;
  cut.begin = std::max(audio.begin, earliest);
  const MediaTime end = std::min(audio.end, wanted_.end);
  cut.is_kept = cut.begin < end;
  if (!cut.is_kept) return cut;
  cut.front = cut.begin - audio.begin;
  cut.back = audio.end - end;
  covered_ = covered_ ? hull(*covered_, {cut.begin, end}) : TimeSpan{cut.begin, end};
  return cut;
}

}  // namespace subtide
