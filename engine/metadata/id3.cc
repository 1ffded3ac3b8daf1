#include "engine/metadata/id3.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderSize = 10;
constexpr std::uint8_t kUtf8 = 3;
constexpr std::uint8_t kUnsynchronised = 0x80;
constexpr std::uint8_t kExtended = 0x40;
constexpr std::uint8_t kFooter = 0x10;
constexpr std::string_view kItemFrame = "io.subtide.item";

struct Frame {
  std::string_view id;
  ByteView body;
};

struct UserText {
  std::string description;
  std::string value;
};

/// A number of 28 bits, seven in each byte, so that no byte looks like the start of MPEG audio.
void write_syncsafe(ByteWriter& writer, std::size_t value) {
  for (int shift = 21; shift >= 0; shift -= 7) writer.u8(value >> shift & 0x7F);
}

std::size_t read_syncsafe(ByteView bytes) {
  std::size_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 7 | (byte & 0x7FU);
  return value;
}

void write_frame(ByteWriter& writer, std::string_view id, const Bytes& body) {
  writer.text(id);
  write_syncsafe(writer, body.size());
  writer.u16(0);
  writer.bytes(body);
}

void write_user_text(ByteWriter& writer, std::string_view description, std::string_view value) {
  ByteWriter body;
  body.u8(kUtf8);
  body.text(description);
  body.u8(0);
  body.text(value);
  write_frame(writer, "TXXX", body.written());
}

void write_private(ByteWriter& writer, std::string_view owner, const Bytes& payload) {
  ByteWriter body;
  body.text(owner);
  body.u8(0);
  body.bytes(payload);
  write_frame(writer, "PRIV", body.written());
}

std::string item_text(const TimedMetadata& item) {
  Json json;
  json["id"] = item.id;
  if (item.duration) json["duration"] = to_seconds(*item.duration);
  json["kind"] = to_string(item.kind);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error bad(std::string_view what) { return make_error(ErrorCode::kBadInput, "ID3 tag: {}", what); }

/// The frames of a tag's body; padding ends them.
std::optional<std::vector<Frame>> read_frames(ByteView body, bool is_version_3) {
  std::vector<Frame> frames;
  ByteReader reader(body);
  while (reader.rest().size() >= kHeaderSize && reader.rest()[0] != 0) {
    const std::string_view id = as_text(reader.bytes(4));
    const ByteView size = reader.bytes(4);
    reader.u16();
    const std::size_t plain = ByteReader(size).u32();
    frames.push_back({id, reader.bytes(is_version_3 ? plain : read_syncsafe(size))});
    if (!reader.is_whole()) return std::nullopt;
  }
  return frames;
}

std::optional<UserText> read_user_text(const Frame& frame) {
  if (frame.id != "TXXX" || frame.body.empty() || frame.body[0] != kUtf8) return std::nullopt;
  const std::string_view text = as_text(frame.body.subspan(1));
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  std::string_view value = text.substr(zero + 1);
  if (value.ends_with('\0')) value.remove_suffix(1);
  return UserText{std::string(text.substr(0, zero)), std::string(value)};
}

std::optional<std::pair<std::string, ByteView>> read_private(const Frame& frame) {
  if (frame.id != "PRIV") return std::nullopt;
  ByteReader reader(frame.body);
  std::string owner = reader.text();
  if (!reader.is_whole()) return std::nullopt;
  return std::pair(std::move(owner), reader.rest());
}

std::optional<PayloadKind> find_kind(std::string_view name) {
  for (const PayloadKind kind : {PayloadKind::kNone, PayloadKind::kJson, PayloadKind::kBinary,
                                 PayloadKind::kScte35, PayloadKind::kKlv}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

/// Reads the frame "io.subtide.item"; false when it is not as we write it.
bool read_item_text(const std::string& text, TimedMetadata& item) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return false;
  const Json id = json.value("id", Json());
  const Json kind = json.value("kind", Json());
  if (!id.is_string() || !kind.is_string()) return false;
  const auto known = find_kind(kind.get_ref<const std::string&>());
  if (!known) return false;
  item.id = id.get<std::string>();
  item.kind = *known;
  const Json duration = json.value("duration", Json());
  if (duration.is_number()) {
    const double seconds = duration.get<double>();
    if (!(seconds >= 0.0 && seconds < 1e9)) return false;
    item.duration = from_seconds(seconds);
  }
  return true;
}

/// The payload from the frame that carries it: a text for JSON, else bytes.
bool take_payload(const Frame& frame, TimedMetadata& item) {
  if (const auto text = read_user_text(frame)) {
    if (item.kind != PayloadKind::kJson && item.kind != PayloadKind::kNone) return false;
    item.class_name = text->description;
    const ByteView value = as_bytes(text->value);
    item.payload.assign(value.begin(), value.end());
    return true;
  }
  if (const auto bytes = read_private(frame)) {
    item.class_name = bytes->first;
    item.payload.assign(bytes->second.begin(), bytes->second.end());
    return true;
  }
  return false;
}

std::optional<TimedMetadata> read_own(const std::vector<Frame>& frames) {
  if (frames.size() != 2) return std::nullopt;
  const auto text = read_user_text(frames[1]);
  TimedMetadata item;
  item.origin = "source";
  if (!text || text->description != kItemFrame || !read_item_text(text->value, item) ||
      !take_payload(frames[0], item)) {
    return std::nullopt;
  }
  return item;
}

TimedMetadata read_foreign(ByteView tag, const std::vector<Frame>& frames) {
  TimedMetadata item;
  item.kind = PayloadKind::kId3;
  item.payload.assign(tag.begin(), tag.end());
  item.origin = "source";
  for (const Frame& frame : frames) {
    if (const auto text = read_user_text(frame)) {
      item.class_name = text->description;
      break;
    }
    if (const auto bytes = read_private(frame)) {
      item.class_name = bytes->first;
      break;
    }
  }
  return item;
}

}  // namespace

Bytes write_id3(const TimedMetadata& item) {
  if (item.kind == PayloadKind::kId3) return item.payload;
  ByteWriter frames;
  if (item.kind == PayloadKind::kJson || item.kind == PayloadKind::kNone) {
    write_user_text(frames, item.class_name, as_text(item.payload));
  } else {
    write_private(frames, item.class_name, item.payload);
  }
  write_user_text(frames, kItemFrame, item_text(item));
  ByteWriter tag;
  tag.text("ID3");
  tag.u16(0x0400);
  tag.u8(0);
  write_syncsafe(tag, frames.size());
  tag.bytes(frames.written());
  return tag.take();
}

std::optional<std::size_t> id3_size(ByteView bytes) {
  if (bytes.size() < kHeaderSize || !as_text(bytes).starts_with("ID3")) return std::nullopt;
  const std::size_t footer = (bytes[5] & kFooter) != 0 ? kHeaderSize : 0;
  return kHeaderSize + read_syncsafe(bytes.subspan(6, 4)) + footer;
}

Result<TimedMetadata> read_id3(ByteView bytes) {
  const auto size = id3_size(bytes);
  if (!size) return bad("does not begin with \"ID3\"");
  if (*size > bytes.size()) return bad("cut short");
  const ByteView tag = bytes.first(*size);
  const std::uint8_t version = tag[3];
  const std::uint8_t flags = tag[5];
  const std::size_t footer = (flags & kFooter) != 0 ? kHeaderSize : 0;
  // Frames that are unsynchronised, or laid out otherwise, are left to whom they are for.
  if ((version != 3 && version != 4) || (flags & (kUnsynchronised | kExtended)) != 0) {
    return read_foreign(tag, {});
  }
  const auto frames =
      read_frames(tag.subspan(kHeaderSize, *size - kHeaderSize - footer), version == 3);
  if (!frames) return bad("a frame is longer than the tag");
  if (auto item = read_own(*frames)) return std::move(*item);
  return read_foreign(tag, *frames);
}

}  // namespace subtide
