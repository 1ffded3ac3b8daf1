#include "engine/metadata/ts_id3_filter.h"

#include <algorithm>
#include <utility>

#include "engine/metadata/id3.h"
#include "engine/metadata/ticks.h"

namespace subtide {
namespace {

constexpr std::size_t kMostHeld = 24 * kTsPacketSize;  // a section has at most 4 KiB
constexpr std::uint16_t kFirstFreePid = 0x20;

/// Where the next packet begins: a sync byte that another one follows. Where that cannot be seen
/// yet, the place to wait at, so that it does not matter how the input is cut.
struct PacketPlace {
  std::size_t at = 0;
  bool is_certain = false;
};

PacketPlace find_packet(ByteView bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size(); ++at) {
    if (bytes[at] != kTsSyncByte) continue;
    const std::size_t next = at + kTsPacketSize;
    if (next >= bytes.size()) return {at, false};
    if (bytes[next] == kTsSyncByte) return {at, true};
  }
  return {bytes.size(), false};
}

}  // namespace

TsId3Filter::TsId3Filter(TsId3Options options) : options_(options), pid_(options.pid) {}

Status TsId3Filter::add(const TimedMetadata& item, std::uint64_t pts) {
  if (waiting_.size() >= options_.most_waiting) {
    return make_error(ErrorCode::kUnavailable,
                      "ID3 in MPEG-TS: {} items wait already, {} is refused; try again later",
                      waiting_.size(), item.id);
  }
  Bytes tag = write_id3(item);
  if (tag.size() > kLargestPesPayload) {
    return make_error(ErrorCode::kInvalidArgument,
                      "ID3 in MPEG-TS: the tag of {} has {} bytes, {} is the most: shorten its "
                      "payload",
                      item.id, tag.size(), kLargestPesPayload);
  }
  pts &= kTickMask;
  auto place = waiting_.end();
  while (place != waiting_.begin() && !is_at_or_after(pts, std::prev(place)->pts)) --place;
  waiting_.insert(place, {pts, std::move(tag)});
  return ok();
}

Bytes TsId3Filter::push(ByteView bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  const ByteView all(buffer_);
  ByteWriter out;
  std::size_t at = 0;
  while (at < all.size()) {
    if (!is_in_step_ || all[at] != kTsSyncByte) {
      const PacketPlace next = find_packet(all, at);
      out.bytes(all.subspan(at, next.at - at));
      at = next.at;
      is_in_step_ = next.is_certain;
      if (!is_in_step_) break;
    }
    if (all.size() - at < kTsPacketSize) break;
    take_packet(all.subspan(at, kTsPacketSize), out);
    at += kTsPacketSize;
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at));
  return out.take();
}

Bytes TsId3Filter::finish() {
  ByteWriter out;
  let_go_held(out);
  while (is_listed_ && !waiting_.empty()) write_first(out);
  out.bytes(buffer_);
  buffer_.clear();
  return out.take();
}

void TsId3Filter::take_packet(ByteView packet, ByteWriter& out) {
  const auto header = read_ts_header(packet);
  if (header && !header->payload.empty()) {
    if (program_ && header->pid == program_->pmt_pid) return take_pmt(packet, *header, out);
    if (header->pid == kPatPid) take_pat(*header, out);
    if (header->is_start && pids_.contains(header->pid)) {
      if (const auto pts = pes_pts(header->payload)) write_due(*pts, out);
    }
  }
  out.bytes(packet);
}

void TsId3Filter::take_pat(const TsHeader& header, ByteWriter& out) {
  if (pat_.add(header) != SectionGatherer::State::kWhole) return;
  for (const Bytes& section : pat_.sections()) {
    const auto program = read_pat(section);
    if (!program || program == program_) continue;
    let_go_held(out);
    program_ = program;
    pmt_.reset();
    pmt_counter_.reset();
    pids_.clear();
    is_listed_ = false;
  }
}

void TsId3Filter::take_pmt(ByteView packet, const TsHeader& header, ByteWriter& out) {
  // A packet may be sent twice, as it is.
  if (std::ranges::equal(packet, last_held_) && !held_.empty()) return;
  last_held_.assign(packet.begin(), packet.end());
  if (!pmt_counter_) pmt_counter_ = header.counter;
  const SectionGatherer::State state = pmt_.add(header);
  held_.insert(held_.end(), packet.begin(), packet.end());
  if (state == SectionGatherer::State::kPartial && held_.size() < kMostHeld) return;
  if (state == SectionGatherer::State::kWhole && rewrite_pmt(out)) {
    held_.clear();
    return;
  }
  pmt_.reset();
  let_go_held(out);
}

bool TsId3Filter::rewrite_pmt(ByteWriter& out) {
  std::vector<Bytes> sections = pmt_.sections();
  bool is_changed = false;
  for (Bytes& section : sections) {
    const auto streams = read_pmt(section);
    if (!streams || streams->program != program_->number) continue;
    choose_pid(*streams);
    auto changed = add_id3_stream(section, pid_);
    if (!changed) continue;
    section = std::move(*changed);
    pids_ = streams->pids;
    is_changed = true;
  }
  if (is_changed) write_sections(out, program_->pmt_pid, sections, *pmt_counter_);
  is_listed_ = is_listed_ || is_changed;
  return is_changed;
}

/// Lets packets of a PMT go as they are, but for the counter, which rewritten ones have moved.
void TsId3Filter::let_go_held(ByteWriter& out) {
  for (std::size_t at = 0; at < held_.size(); at += kTsPacketSize) {
    std::uint8_t& last = held_[at + 3];
    if (pmt_counter_) {
      last = static_cast<std::uint8_t>((last & 0xF0) | *pmt_counter_);
      pmt_counter_ = (*pmt_counter_ + 1) & 0x0F;
    }
  }
  out.bytes(held_);
  held_.clear();
}

void TsId3Filter::choose_pid(const TsStreams& streams) {
  const auto is_taken = [&](std::uint16_t pid) {
    return pid < kFirstFreePid || pid >= kNullPid || pid == program_->pmt_pid ||
           streams.pids.contains(pid);
  };
  while (is_taken(pid_)) pid_ = pid_ + 1 >= kNullPid ? kFirstFreePid : pid_ + 1;
}

void TsId3Filter::write_due(std::uint64_t now, ByteWriter& out) {
  while (is_listed_ && !waiting_.empty() && is_at_or_after(now, waiting_.front().pts)) {
    write_first(out);
  }
}

void TsId3Filter::write_first(ByteWriter& out) {
  const Waiting& first = waiting_.front();
  write_pes(out, pid_, make_private_pes(first.pts, first.tag), id3_counter_);
  waiting_.pop_front();
  ++written_;
}

}  // namespace subtide
