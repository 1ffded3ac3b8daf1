#include "elements/cea608/caption_placer.h"

#include <gst/video/video.h>

#include <chrono>
#include <cstdint>

#include "engine/subtitles/cea608_code.h"

namespace subtide {
namespace {

/// So many pairs one access unit takes while there is something to catch up with.
constexpr std::size_t kMostPairs = 3;
constexpr MediaDuration kLongestWait = std::chrono::seconds(10);
/// So far captions may be ahead of the video; with none, no more is kept.
constexpr MediaDuration kFarthestAhead = std::chrono::minutes(3);

}  // namespace

void CaptionPlacer::add(const Cea608Slot& slot) {
  slots_.push_back(slot);
  while (slots_.front().span.begin + kFarthestAhead < slot.span.begin) slots_.pop_front();
  advance(slot.span.end);
}

std::vector<Cea608Pair> CaptionPlacer::take(TimeSpan shown, MediaTime decoded) {
  // An access unit that is decoded when it is shown is the next one that a viewer sees.
  const bool is_next_shown = decoded + shown.duration() / 2 >= shown.begin;
  const auto is_stale = [&](const Cea608Slot& slot) {
    return slot.span.begin + kLongestWait < decoded;
  };
  std::erase_if(slots_, is_stale);
  if (is_next_shown) return take_up_to(shown);
  std::vector<Cea608Pair> pairs;
  const auto is_own = [&](const Cea608Slot& slot) { return shown.contains(slot.span.begin); };
  for (const Cea608Slot& slot : slots_) {
    if (is_own(slot)) pairs.push_back(slot.pair);
  }
  std::erase_if(slots_, is_own);
  return pairs;
}

std::vector<Cea608Pair> CaptionPlacer::take_up_to(TimeSpan shown) {
  std::vector<Cea608Pair> pairs;
  while (!slots_.empty() && slots_.front().span.begin < shown.end && pairs.size() < kMostPairs) {
    const Cea608Slot& slot = slots_.front();
    const bool is_missed = slot.span.begin < shown.begin;
    if (!is_missed || !slot.pair.is_null()) pairs.push_back(slot.pair);
    slots_.pop_front();
  }
  return pairs;
}

void CaptionPlacer::drop() {
  slots_.clear();
  known_until_ = MediaTime(0);
}

void attach_captions(GstBuffer* buffer, Cea608Field field, std::span<const Cea608Pair> pairs) {
  if (pairs.empty()) return;
  std::vector<std::uint8_t> bytes;
  for (const Cea608Pair& pair : pairs) {
    const auto construct = cc_construct(field, pair);
    bytes.insert(bytes.end(), construct.begin(), construct.end());
  }
  gst_buffer_add_video_caption_meta(buffer, GST_VIDEO_CAPTION_TYPE_CEA708_RAW, bytes.data(),
                                    bytes.size());
}

}  // namespace subtide
