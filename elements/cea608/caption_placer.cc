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

/// In any channel.
bool is_command(const Cea608Pair& pair, Cea608Command command) {
  constexpr Cea608Channel kChannels[] = {Cea608Channel::kCc1, Cea608Channel::kCc2,
                                         Cea608Channel::kCc3, Cea608Channel::kCc4};
  return std::ranges::any_of(
      kChannels, [&](Cea608Channel channel) { return pair == command_pair(channel, command); });
}

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
    if (must_wait(slot, shown)) break;
    const bool is_missed = slot.span.begin < shown.begin;
    if (!is_missed || !slot.pair.is_null()) pairs.push_back(slot.pair);
    slots_.pop_front();
  }
  return pairs;
}

/// Whether a command that clears the screen comes before a late caption has stood its time.
bool CaptionPlacer::must_wait(const Cea608Slot& slot, TimeSpan shown) {
  if (is_command(slot.pair, Cea608Command::kEndOfCaption)) {
    late_ = std::max(shown.begin - slot.span.begin, MediaDuration(0));
  }
  return is_command(slot.pair, Cea608Command::kEraseDisplayedMemory) &&
         shown.begin < slot.span.begin + late_;
}

void CaptionPlacer::drop() {
  slots_.clear();
  late_ = MediaDuration(0);
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
