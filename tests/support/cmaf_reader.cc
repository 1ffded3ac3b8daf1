#include "tests/support/cmaf_reader.h"

#include <functional>
#include <map>
#include <stdexcept>

namespace subtide {
namespace {

/// Big-endian numbers from the front.
class Bytes {
 public:
  explicit Bytes(std::string_view rest, std::string where)
      : rest_(rest), where_(std::move(where)) {}
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char each : text(width)) value = value << 8U | static_cast<unsigned char>(each);
    return value;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::string_view text(std::size_t width) {
    if (width > rest_.size()) throw std::runtime_error(where_ + ": cut short");
    const std::string_view taken = rest_.substr(0, width);
    rest_.remove_prefix(width);
    return taken;
  }
  bool is_empty() const { return rest_.empty(); }
  std::size_t size() const { return rest_.size(); }

 private:
  std::string_view rest_;
  std::string where_;
};

struct Box {
  std::string type;
  std::string_view whole;
  std::string_view body;
};

std::vector<Box> boxes_in(std::string_view bytes, const std::string& where) {
  std::vector<Box> boxes;
  while (!bytes.empty()) {
    Bytes reader(bytes, where);
    const std::size_t size = reader.u32();
    const std::string type(reader.text(4));
    if (size < 8 || size > bytes.size()) throw std::runtime_error(where + "/" + type + ": size");
    boxes.push_back({type, bytes.substr(0, size), bytes.substr(8, size - 8)});
    bytes.remove_prefix(size);
  }
  return boxes;
}

/// The one box of a type; there may be no second.
std::string_view child(std::string_view bytes, const std::string& type) {
  std::optional<std::string_view> found;
  for (const Box& box : boxes_in(bytes, "before " + type)) {
    if (box.type != type) continue;
    if (found) throw std::runtime_error(type + ": twice");
    found = box.body;
  }
  if (!found) throw std::runtime_error(type + ": missing");
  return *found;
}

std::string decoder_config(std::string_view esds) {
  Bytes reader(esds, "esds");
  reader.u32();
  const auto expect = [&reader](std::uint64_t tag, std::size_t rest) {
    if (reader.number(1) != tag) throw std::runtime_error("esds: tag");
    const std::size_t length = reader.number(1);
    if (reader.size() != length + rest) throw std::runtime_error("esds: length");
    return length;
  };
  expect(0x03, 0);
  reader.text(3);
  expect(0x04, 3);
  reader.text(13);
  if (reader.number(1) != 0x05) throw std::runtime_error("esds: no config");
  const std::size_t length = reader.number(1);
  return std::string(reader.text(length));
}

void read_entry(const Box& entry, CmafInit& init) {
  init.entry = entry.type;
  Bytes reader(entry.body, entry.type);
  reader.text(6);
  if (reader.number(2) != 1) throw std::runtime_error("stsd: data reference");
  if (init.handler == "soun") {
    reader.text(8);
    init.channels = static_cast<int>(reader.number(2));
    reader.text(10);
    init.config = decoder_config(child(reader.text(reader.size()), "esds"));
    return;
  }
  reader.text(16);
  init.width = static_cast<int>(reader.number(2));
  init.height = static_cast<int>(reader.number(2));
  reader.text(50);
  init.config = child(reader.text(reader.size()), entry.type == "avc1" ? "avcC" : "hvcC");
}

void read_run(std::string_view body, std::string_view from_moof, CmafChunk& chunk) {
  Bytes reader(body, "trun");
  if (reader.u32() != 0x01000F01) throw std::runtime_error("trun: version or flags");
  const std::uint32_t count = reader.u32();
  std::size_t at = reader.u32();
  std::uint64_t decode = chunk.decode;
  for (std::uint32_t index = 0; index < count; ++index) {
    CmafSample sample;
    sample.decode = decode;
    sample.duration = reader.u32();
    const std::size_t size = reader.u32();
    sample.is_sync = (reader.u32() & 0x00010000U) == 0;
    sample.offset = static_cast<std::int32_t>(reader.u32());
    if (at + size > from_moof.size()) throw std::runtime_error("trun: data behind the end");
    sample.bytes = from_moof.substr(at, size);
    at += size;
    decode += sample.duration;
    chunk.samples.push_back(std::move(sample));
  }
  if (!reader.is_empty()) throw std::runtime_error("trun: bytes left");
  if (at != from_moof.size()) throw std::runtime_error("mdat: bytes left");
}

}  // namespace

CmafInit read_cmaf_init(std::string_view bytes) {
  const auto boxes = boxes_in(bytes, "init");
  if (boxes.size() != 2 || boxes[0].type != "ftyp" || boxes[1].type != "moov") {
    throw std::runtime_error("init: not ftyp and moov");
  }
  child(child(boxes[1].body, "mvex"), "trex");
  const std::string_view media = child(child(boxes[1].body, "trak"), "mdia");
  CmafInit init;
  init.handler = child(media, "hdlr").substr(8, 4);
  Bytes header(child(media, "mdhd"), "mdhd");
  header.text(12);
  init.timescale = header.u32();
  Bytes description(child(child(child(media, "minf"), "stbl"), "stsd"), "stsd");
  description.u32();
  if (description.u32() != 1) throw std::runtime_error("stsd: not one entry");
  read_entry(boxes_in(description.text(description.size()), "stsd").at(0), init);
  return init;
}

std::vector<CmafChunk> read_cmaf_chunks(std::string_view bytes) {
  std::vector<CmafChunk> chunks;
  CmafChunk next;
  const auto boxes = boxes_in(bytes, "segment");
  for (std::size_t index = 0; index < boxes.size(); ++index) {
    const Box& box = boxes[index];
    if (box.type == "emsg") {
      next.events.emplace_back(box.whole);
      continue;
    }
    if (box.type != "moof") throw std::runtime_error("segment: " + box.type);
    if (index + 1 == boxes.size() || boxes[index + 1].type != "mdat") {
      throw std::runtime_error("moof: no mdat behind it");
    }
    const std::string_view traf = child(box.body, "traf");
    Bytes header(child(box.body, "mfhd"), "mfhd");
    header.u32();
    next.sequence = header.u32();
    Bytes track(child(traf, "tfhd"), "tfhd");
    if (track.u32() != 0x020000) throw std::runtime_error("tfhd: base is not the moof");
    Bytes time(child(traf, "tfdt"), "tfdt");
    if (time.u32() != 0x01000000) throw std::runtime_error("tfdt: not 64 bit");
    next.decode = time.number(8);
    const std::size_t length = box.whole.size() + boxes[index + 1].whole.size();
    read_run(child(traf, "trun"), std::string_view(box.whole.data(), length), next);
    chunks.push_back(std::move(next));
    next = {};
    ++index;
  }
  if (!next.events.empty()) throw std::runtime_error("emsg: nothing behind it");
  return chunks;
}

}  // namespace subtide
