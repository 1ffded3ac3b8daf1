#include "engine/metadata/sei.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

constexpr std::uint32_t kRegisteredUserData = 4;
constexpr std::uint32_t kUnregisteredUserData = 5;
constexpr std::uint8_t kH264Sei = 6;
constexpr std::uint8_t kH265PrefixSei = 39;
constexpr std::uint8_t kH265SuffixSei = 40;
constexpr std::uint8_t kTrailingBits = 0x80;
constexpr std::uint8_t kCountryUnitedStates = 0xB5;
constexpr std::uint16_t kProviderAtsc = 0x0031;
constexpr std::uint32_t kUserIdentifier = 0x47413934;  // "GA94"
constexpr std::uint8_t kCaptionData = 0x03;

std::size_t header_size(VideoCodec codec) { return codec == VideoCodec::kH264 ? 1 : 2; }

bool is_sei(VideoCodec codec, ByteView nal) {
  if (nal.size() < header_size(codec)) return false;
  if (codec == VideoCodec::kH264) return (nal[0] & 0x1F) == kH264Sei;
  const int type = nal[0] >> 1 & 0x3F;
  return type == kH265PrefixSei || type == kH265SuffixSei;
}

/// Two zeros before a byte of 0 to 3 would look like a start code: a 3 goes between.
Bytes prevent_emulation(const Bytes& plain) {
  Bytes bytes;
  bytes.reserve(plain.size() + plain.size() / 64 + 4);
  int zeros = 0;
  for (const std::uint8_t byte : plain) {
    if (zeros == 2 && byte <= 3) {
      bytes.push_back(3);
      zeros = 0;
    }
    bytes.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return bytes;
}

Bytes undo_emulation(ByteView bytes) {
  Bytes plain;
  plain.reserve(bytes.size());
  int zeros = 0;
  for (const std::uint8_t byte : bytes) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    plain.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return plain;
}

/// Types and sizes: 255 for each full 255, then the rest.
void write_number(ByteWriter& writer, std::size_t value) {
  writer.fill(value / 255, 0xFF);
  writer.u8(value % 255);
}

std::size_t read_number(ByteReader& reader) {
  std::size_t value = 0;
  while (reader.is_whole()) {
    const std::uint8_t byte = reader.u8();
    value += byte;
    if (byte != 0xFF) break;
  }
  return value;
}

/// What is left holds another message: more than the trailing bits and zeros behind them.
bool has_more(ByteView rest) {
  while (!rest.empty() && rest.back() == 0) rest = rest.first(rest.size() - 1);
  return rest.size() > 1 || (rest.size() == 1 && rest[0] != kTrailingBits);
}

Error bad(std::string_view what) {
  return make_error(ErrorCode::kBadInput, "SEI NAL unit: {}", what);
}

}  // namespace

Bytes write_sei(VideoCodec codec, const SeiMessage& message) {
  ByteWriter writer;
  if (codec == VideoCodec::kH264) {
    writer.u8(kH264Sei);
  } else {
    writer.u16(kH265PrefixSei << 9 | 1);  // layer 0, temporal id 0
  }
  write_number(writer, message.type);
  write_number(writer, message.payload.size());
  writer.bytes(message.payload);
  writer.u8(kTrailingBits);
  return prevent_emulation(writer.written());
}

Result<std::vector<SeiMessage>> read_sei(VideoCodec codec, ByteView nal) {
  if (!is_sei(codec, nal)) return bad("another kind of NAL unit");
  const Bytes plain = undo_emulation(nal.subspan(header_size(codec)));
  ByteReader reader(plain);
  std::vector<SeiMessage> messages;
  while (has_more(reader.rest())) {
    SeiMessage message;
    message.type = static_cast<std::uint32_t>(read_number(reader));
    const std::size_t size = read_number(reader);
    const ByteView payload = reader.bytes(size);
    if (!reader.is_whole()) return bad("a message is longer than it");
    message.payload.assign(payload.begin(), payload.end());
    messages.push_back(std::move(message));
  }
  return messages;
}

SeiMessage make_item_sei(const TimedMetadata& item) {
  ByteWriter payload;
  payload.bytes(kItemUuid);
  payload.text(write_cue_line(item));
  return {kUnregisteredUserData, payload.take()};
}

std::optional<TimedMetadata> item_of(const SeiMessage& message) {
  const ByteView payload(message.payload);
  if (message.type != kUnregisteredUserData || payload.size() < kItemUuid.size() ||
      !std::ranges::equal(payload.first(kItemUuid.size()), kItemUuid)) {
    return std::nullopt;
  }
  auto request = parse_metadata_request(as_text(payload.subspan(kItemUuid.size())), "SEI");
  if (!request || request->when.kind != MarkerTime::Kind::kMedia) return std::nullopt;
  request->item.at = request->when.offset;
  request->item.origin = "source";
  return std::move(request->item);
}

SeiMessage make_caption_sei(const std::vector<CaptionPair>& pairs) {
  const std::size_t count = std::min(pairs.size(), kMostCaptionPairs);
  ByteWriter payload;
  payload.u8(kCountryUnitedStates);
  payload.u16(kProviderAtsc);
  payload.u32(kUserIdentifier);
  payload.u8(kCaptionData);
  payload.u8(0xC0 | count);  // process_em_data_flag, process_cc_data_flag
  payload.u8(0xFF);          // em_data
  for (std::size_t i = 0; i < count; ++i) {
    const CaptionPair& pair = pairs[i];
    payload.u8(0xF8U | (pair.is_valid ? 4U : 0U) | static_cast<unsigned>(pair.type));
    payload.bytes(pair.bytes);
  }
  payload.u8(0xFF);  // marker_bits
  return {kRegisteredUserData, payload.take()};
}

std::optional<std::vector<CaptionPair>> captions_of(const SeiMessage& message) {
  ByteReader reader(message.payload);
  if (message.type != kRegisteredUserData || reader.u8() != kCountryUnitedStates ||
      reader.u16() != kProviderAtsc || reader.u32() != kUserIdentifier ||
      reader.u8() != kCaptionData) {
    return std::nullopt;
  }
  const std::uint8_t flags = reader.u8();
  reader.u8();
  std::vector<CaptionPair> pairs;
  for (int i = 0; i < (flags & 0x1F); ++i) {
    const std::uint8_t first = reader.u8();
    const ByteView bytes = reader.bytes(2);
    if (!reader.is_whole()) return std::nullopt;
    pairs.push_back({static_cast<CaptionType>(first & 3), {bytes[0], bytes[1]}, (first & 4) != 0});
  }
  return pairs;
}

}  // namespace subtide
