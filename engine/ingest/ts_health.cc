#include "engine/ingest/ts_health.h"

#include <utility>

#include "engine/metadata/ts_packet.h"

namespace subtide {
namespace {

constexpr std::uint8_t kCounterMask = 0x0F;

// The sender says that the counter does not go on.
bool is_counted_anew(ByteView packet) {
  const bool has_adaptation = (packet[3] & 0x20) != 0;
  return has_adaptation && packet[4] > 0 && (packet[5] & 0x80) != 0;
}

}  // namespace

TsDamage& TsDamage::operator+=(const TsDamage& more) {
  packets += more.packets;
  missing += more.missing;
  broken += more.broken;
  return *this;
}

TsHealth::TsHealth() { counters_.fill(kUnknown); }

TsDamage TsHealth::add(ByteView bytes) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (find_packet(at)) {
    check(ByteView(held_).subspan(at, kTsPacketSize));
    at += kTsPacketSize;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
  return std::exchange(found_, {});
}

// Out of step it takes two sync bytes at their distance: one alone may be any byte.
bool TsHealth::find_packet(std::size_t& at) {
  if (at >= held_.size()) return false;
  if (is_in_step_ && held_[at] == kTsSyncByte) return at + kTsPacketSize <= held_.size();
  if (std::exchange(is_in_step_, false)) {
    ++found_.packets;
    ++found_.broken;
  }
  for (; at + kTsPacketSize < held_.size(); ++at) {
    if (held_[at] != kTsSyncByte || held_[at + kTsPacketSize] != kTsSyncByte) continue;
    is_in_step_ = true;
    return true;
  }
  return false;
}

void TsHealth::check(ByteView packet) {
  ++found_.packets;
  if ((packet[1] & 0x80) != 0) {
    ++found_.broken;
    return;
  }
  const auto pid = static_cast<std::uint16_t>((packet[1] & 0x1F) << 8 | packet[2]);
  const bool has_payload = (packet[3] & 0x10) != 0;
  if (pid == kNullPid || !has_payload) return;
  const std::uint8_t counter = packet[3] & kCounterMask;
  const std::uint8_t former = std::exchange(counters_[pid], counter);
  // A packet may be sent twice; the counter then stands still.
  if (former == kUnknown || counter == former || is_counted_anew(packet)) return;
  found_.missing += (counter - former - 1) & kCounterMask;
}

}  // namespace subtide
