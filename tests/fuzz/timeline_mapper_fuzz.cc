// Stamps of a wild source: every buffer is answered once and in order, and no time goes back.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/ingest/timeline_mapper.h"

namespace {

using subtide::MediaTime;

struct Watched {
  long waiting = 0;
  MediaTime last{0};
};

void check(const std::vector<subtide::Placement>& placements, std::array<Watched, 3>& streams) {
  for (const auto& placed : placements) {
    Watched& stream = streams.at(placed.stream);
    if (--stream.waiting < 0) std::abort();
    if (!placed.is_kept) continue;
    if (!placed.pts || *placed.pts < MediaTime(0)) std::abort();
    if (placed.dts && *placed.dts > *placed.pts) std::abort();
    if (!placed.dts && placed.stream == 1) continue;  // pictures without DTS are reordered
    const MediaTime key = placed.dts.value_or(*placed.pts);
    if (placed.stream != 1 && key < stream.last) std::abort();
    stream.last = key;
  }
}

subtide::SourceStamp stamp_of(const std::uint8_t* bytes) {
  const auto number = [](const std::uint8_t* from) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return std::chrono::milliseconds(value % 100'000'000);
  };
  subtide::SourceStamp stamp;
  if ((bytes[0] & 4U) == 0) stamp.pts = number(bytes + 1);
  if ((bytes[0] & 8U) != 0 && stamp.pts)
    stamp.dts = *stamp.pts - std::chrono::milliseconds(bytes[5]);
  stamp.duration = std::chrono::milliseconds(bytes[6]);
  return stamp;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kStep = 8;
  if (size == 0) return 0;
  subtide::TimelineMapper mapper({.wraps_at_33_bits = (data[0] & 1U) != 0});
  mapper.add_stream(subtide::TimelineKind::kAudio);
  mapper.add_stream(subtide::TimelineKind::kVideo);
  mapper.add_stream(subtide::TimelineKind::kOther);
  std::array<Watched, 3> streams;
  subtide::ClockReading now;
  for (std::size_t at = 1; at + kStep <= size; at += kStep) {
    const std::uint8_t* bytes = data + at;
    now.steady += std::chrono::milliseconds(bytes[7] * 4);
    const std::size_t stream = (bytes[0] & 3U) % 3;
    if ((bytes[0] & 0xF0U) == 0xF0U) {
      check(mapper.finish(now), streams);
      mapper.reconnect();
    } else if ((bytes[0] & 0xF0U) == 0xE0U) {
      mapper.change_format(stream, now);
    } else if ((bytes[0] & 0xF0U) == 0xD0U) {
      mapper.fill(stream, mapper.engine_time(now.steady));
    } else {
      ++streams.at(stream).waiting;
      check(mapper.push(stream, stamp_of(bytes), now), streams);
    }
    check(mapper.poll(now), streams);
  }
  check(mapper.finish(now), streams);
  for (const Watched& stream : streams) {
    if (stream.waiting != 0) std::abort();
  }
  return 0;
}
