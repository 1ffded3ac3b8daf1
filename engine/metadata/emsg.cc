#include "engine/metadata/emsg.h"

#include <algorithm>
#include <utility>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/id3.h"

namespace subtide {
namespace {

constexpr std::uint32_t kBoxType = 0x656D7367;  // "emsg"
constexpr std::int64_t kNanoseconds = 1'000'000'000;
// Beyond a thousand years nothing is meant, and everything here still fits 64 bits of nanoseconds.
constexpr std::uint64_t kMostSeconds = 9'000'000'000;

/// In units of 1 / timescale s, rounded; nothing is before zero.
std::uint64_t to_units(MediaTime time, std::uint32_t timescale) {
  if (time.count() <= 0) return 0;
  const auto seconds = static_cast<std::uint64_t>(time.count() / kNanoseconds);
  const auto rest = static_cast<std::uint64_t>(time.count() % kNanoseconds);
  return seconds * timescale + (rest * timescale + kNanoseconds / 2) / kNanoseconds;
}

MediaTime from_units(std::uint64_t units, std::uint32_t timescale) {
  const std::uint64_t seconds = std::min(units / timescale, kMostSeconds);
  const std::uint64_t rest = units % timescale;
  return MediaTime(static_cast<std::int64_t>(seconds * kNanoseconds +
                                             (rest * kNanoseconds + timescale / 2) / timescale));
}

std::uint32_t duration_units(const TimedMetadata& item, std::uint32_t timescale) {
  if (!item.duration) return kUnknownDuration;
  const std::uint64_t units = to_units(*item.duration, timescale);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(units, kUnknownDuration - 1));
}

Error bad(std::string_view what) { return make_error(ErrorCode::kBadInput, "emsg box: {}", what); }

}  // namespace

EventMessage make_event_message(const TimedMetadata& item, MediaTime shown,
                                std::uint32_t timescale) {
  EventMessage message;
  message.scheme = kId3Scheme;
  message.value = item.class_name;
  message.timescale = timescale;
  message.time = to_units(shown, timescale);
  message.duration = duration_units(item, timescale);
  message.id = stable_hash(item.id);
  message.message = write_id3(item);
  return message;
}

Bytes write_emsg(const EventMessage& message) {
  ByteWriter body;
  body.u32(kBoxType);
  body.u32(0x01000000);  // version 1, no flags
  body.u32(message.timescale);
  body.u64(message.time);
  body.u32(message.duration);
  body.u32(message.id);
  body.text(message.scheme);
  body.u8(0);
  body.text(message.value);
  body.u8(0);
  body.bytes(message.message);
  ByteWriter box;
  box.u32(body.size() + 4);
  box.bytes(body.written());
  return box.take();
}

Result<EventMessage> read_emsg(ByteView box) {
  ByteReader reader(box);
  const std::uint32_t size = reader.u32();
  if (reader.u32() != kBoxType) return bad("another kind of box");
  if (size != box.size()) return bad("its size is not what it says");
  EventMessage message;
  message.version = reader.u8();
  reader.u24();
  if (message.version > 1) return bad("neither version 0 nor 1");
  if (message.version == 0) {
    message.scheme = reader.text();
    message.value = reader.text();
  }
  message.timescale = reader.u32();
  message.time = message.version == 0 ? reader.u32() : reader.u64();
  message.duration = reader.u32();
  message.id = reader.u32();
  if (message.version == 1) {
    message.scheme = reader.text();
    message.value = reader.text();
  }
  if (!reader.is_whole()) return bad("cut short");
  if (message.timescale == 0) return bad("a timescale of 0");
  const ByteView rest = reader.rest();
  message.message.assign(rest.begin(), rest.end());
  return message;
}

Result<TimedMetadata> read_item(const EventMessage& message, MediaTime segment_begin) {
  if (message.scheme != kId3Scheme && message.scheme != kOldId3Scheme) {
    return make_error(ErrorCode::kUnsupported, "emsg box: the scheme {} is not ID3",
                      message.scheme);
  }
  if (message.timescale == 0) return bad("a timescale of 0");
  auto item = read_id3(message.message);
  if (!item) return item.error();
  item->at = from_units(message.time, message.timescale);
  if (message.version == 0) item->at += segment_begin;
  if (item->kind == PayloadKind::kId3 && message.duration != kUnknownDuration) {
    item->duration = from_units(message.duration, message.timescale);
  }
  return item;
}

}  // namespace subtide
