#include "engine/packaging/track_format.h"

#include <array>
#include <string_view>

#include "engine/packaging/box_writer.h"

namespace subtide {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Error broken(std::string_view what) {
  return make_error(ErrorCode::kBadInput, "{} is damaged: the stream's header cannot be used",
                    what);
}

/// The fields that all picture entries share, then the codec's own box.
std::string video_entry(std::string_view type, std::string_view box_type, Bytes record,
                        const PictureSize& size) {
  BoxWriter out;
  out.box(type, [&] {
    out.zeros(6).u16(1).zeros(16);
    out.u16(static_cast<std::uint64_t>(size.width)).u16(static_cast<std::uint64_t>(size.height));
    out.u32(0x00480000).u32(0x00480000).u32(0).u16(1).zeros(32).u16(0x0018).u16(0xFFFF);
    out.box(box_type, [&] { out.text(as_text(record)); });
    if (size.pixel_width != size.pixel_height) {
      out.box("pasp", [&] {
        out.u32(static_cast<std::uint64_t>(size.pixel_width));
        out.u32(static_cast<std::uint64_t>(size.pixel_height));
      });
    }
  });
  return out.take();
}

TrackFormat video_format(std::string codec, const PictureSize& size, std::string entry) {
  TrackFormat format;
  format.kind = TrackFormat::Kind::kVideo;
  format.codec = std::move(codec);
  // The width that is shown: pixels of another shape are stretched.
  format.width = size.width;
  format.height = size.height;
  format.sample_entry = std::move(entry);
  return format;
}

Status check(const PictureSize& size) {
  const bool is_shown = size.width > 0 && size.height > 0 && size.pixel_width > 0 &&
                        size.pixel_height > 0 && size.width <= 0xFFFF && size.height <= 0xFFFF;
  if (is_shown) return ok();
  return make_error(ErrorCode::kBadInput, "a picture of {}x{} cannot be packaged", size.width,
                    size.height);
}

std::uint32_t reversed(std::uint32_t bits) {
  std::uint32_t result = 0;
  for (int index = 0; index < 32; ++index) result |= ((bits >> index) & 1U) << (31 - index);
  return result;
}

/// As ISO/IEC 14496-15 annex E has it.
std::string hevc_codec(Bytes record) {
  const unsigned space = record[1] >> 6U;
  const bool is_high_tier = (record[1] & 0x20U) != 0;
  std::uint32_t compatibility = 0;
  for (std::size_t at = 2; at < 6; ++at) compatibility = compatibility << 8U | record[at];
  std::string codec = "hvc1.";
  if (space > 0) codec += static_cast<char>('A' + space - 1);
  codec += fmt::format("{}.{:X}.{}{}", record[1] & 0x1FU, reversed(compatibility),
                       is_high_tier ? 'H' : 'L', record[12]);
  std::size_t end = 12;
  while (end > 6 && record[end - 1] == 0) --end;
  for (std::size_t at = 6; at < end; ++at) codec += fmt::format(".{:X}", record[at]);
  return codec;
}

class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}
  /// Bits behind the end read as zero; has_overrun() tells.
  std::uint32_t take(unsigned count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      const bool is_there = at_ / 8 < bytes_.size();
      const unsigned bit = is_there ? (bytes_[at_ / 8] >> (7 - at_ % 8)) & 1U : 0U;
      value = value << 1U | bit;
    }
    return value;
  }
  bool has_overrun() const { return at_ > bytes_.size() * 8; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

constexpr std::array<std::uint32_t, 13> kSampleRates = {96'000, 88'200, 64'000, 48'000, 44'100,
                                                        32'000, 24'000, 22'050, 16'000, 12'000,
                                                        11'025, 8'000,  7'350};

/// 0 for a reserved one.
std::uint32_t take_rate(BitReader& bits) {
  const std::uint32_t index = bits.take(4);
  if (index == 15) return bits.take(24);
  return index < kSampleRates.size() ? kSampleRates[index] : 0;
}

/// 0 for a reserved one, and for a layout that the frames themselves tell.
int channels_of(std::uint32_t layout) {
  if (layout == 7) return 8;
  return layout < 7 ? static_cast<int>(layout) : 0;
}

/// A descriptor of MPEG-4 systems, its length in one byte.
template <typename Body>
void descriptor(BoxWriter& out, unsigned tag, std::size_t length, Body body) {
  out.u8(tag).u8(length);
  body();
}

std::string aac_entry(Bytes config, std::uint32_t rate, int channels) {
  BoxWriter out;
  out.box("mp4a", [&] {
    out.zeros(6).u16(1).zeros(8).u16(static_cast<std::uint64_t>(channels)).u16(16).u32(0);
    out.u32(rate <= 0xFFFF ? static_cast<std::uint64_t>(rate) << 16U : 0U);
    out.full_box("esds", 0, 0, [&] {
      descriptor(out, 0x03, 3 + 2 + 13 + 2 + config.size() + 3, [&] {
        out.u16(1).u8(0);
        descriptor(out, 0x04, 13 + 2 + config.size(), [&] {
          out.u8(0x40).u8(0x15).number(0, 3).u32(0).u32(0);
          descriptor(out, 0x05, config.size(), [&] { out.text(as_text(config)); });
        });
        descriptor(out, 0x06, 1, [&] { out.u8(2); });
      });
    });
  });
  return out.take();
}

}  // namespace

Result<TrackFormat> avc_format(Bytes record, const PictureSize& size) {
  if (record.size() < 7 || record[0] != 1) return broken("the H.264 stream's avcC");
  if (auto checked = check(size); !checked) return checked.error();
  return video_format(fmt::format("avc1.{:02X}{:02X}{:02X}", record[1], record[2], record[3]), size,
                      video_entry("avc1", "avcC", record, size));
}

Result<TrackFormat> hevc_format(Bytes record, const PictureSize& size) {
  if (record.size() < 23 || record[0] != 1) return broken("the H.265 stream's hvcC");
  if (auto checked = check(size); !checked) return checked.error();
  return video_format(hevc_codec(record), size, video_entry("hvc1", "hvcC", record, size));
}

Result<TrackFormat> aac_format(Bytes config) {
  BitReader bits(config);
  std::uint32_t object = bits.take(5);
  if (object == 31) object = 32 + bits.take(6);
  const std::uint32_t rate = take_rate(bits);
  const int channels = channels_of(bits.take(4));
  // A longer one would not fit the one-byte lengths; real ones have 2 to 7 bytes.
  const bool is_usable = !bits.has_overrun() && config.size() <= 64 && object > 0 && rate > 0;
  if (!is_usable) return broken("the AAC stream's header");
  if (channels == 0) {
    return make_error(ErrorCode::kBadInput,
                      "the AAC stream does not tell its channels: encode it again");
  }
  TrackFormat format;
  format.kind = TrackFormat::Kind::kAudio;
  format.codec = fmt::format("mp4a.40.{}", object);
  format.timescale = rate;
  format.channels = channels;
  format.sample_entry = aac_entry(config, rate, channels);
  return format;
}

std::int64_t to_ticks(MediaTime time, std::uint32_t timescale) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t count = time.count();
  const std::int64_t seconds = count / kSecond;
  const std::int64_t rest = count % kSecond * static_cast<std::int64_t>(timescale);
  const std::int64_t half = rest < 0 ? -kSecond / 2 : kSecond / 2;
  return seconds * static_cast<std::int64_t>(timescale) + (rest + half) / kSecond;
}

}  // namespace subtide
