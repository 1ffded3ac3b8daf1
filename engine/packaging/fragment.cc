#include "engine/packaging/fragment.h"

#include <cassert>
#include <numeric>

#include "engine/packaging/box_writer.h"

namespace subtide {
namespace {

constexpr std::uint32_t kTrackId = 1;
// ISO/IEC 14496-12, sample_depends_on and sample_is_non_sync_sample.
constexpr std::uint32_t kIndependentSample = 0x02000000;
constexpr std::uint32_t kDependentSample = 0x01010000;

void write_matrix(BoxWriter& out) {
  out.u32(0x00010000).zeros(12).u32(0x00010000).zeros(12).u32(0x40000000);
}

void write_movie_header(BoxWriter& out, const TrackFormat& format) {
  out.full_box("mvhd", 0, 0, [&] {
    out.u32(0).u32(0).u32(format.timescale).u32(0);
    out.u32(0x00010000).u16(0x0100).zeros(10);
    write_matrix(out);
    out.zeros(24).u32(kTrackId + 1);
  });
}

void write_track_header(BoxWriter& out, const TrackFormat& format) {
  const bool is_audio = format.kind == TrackFormat::Kind::kAudio;
  out.full_box("tkhd", 0, 7, [&] {
    out.u32(0).u32(0).u32(kTrackId).u32(0).u32(0).zeros(8).u16(0).u16(0);
    out.u16(is_audio ? 0x0100 : 0).u16(0);
    write_matrix(out);
    out.u32(static_cast<std::uint64_t>(format.width) << 16U);
    out.u32(static_cast<std::uint64_t>(format.height) << 16U);
  });
}

/// All empty: the samples are in the fragments.
void write_sample_table(BoxWriter& out, const TrackFormat& format) {
  out.box("stbl", [&] {
    out.full_box("stsd", 0, 0, [&] { out.u32(1).text(format.sample_entry); });
    out.full_box("stts", 0, 0, [&] { out.u32(0); });
    out.full_box("stsc", 0, 0, [&] { out.u32(0); });
    out.full_box("stsz", 0, 0, [&] { out.u32(0).u32(0); });
    out.full_box("stco", 0, 0, [&] { out.u32(0); });
  });
}

void write_media(BoxWriter& out, const TrackFormat& format) {
  const bool is_audio = format.kind == TrackFormat::Kind::kAudio;
  out.box("mdia", [&] {
    // 0x55C4: the language "und"; the playlist tells the real one.
    out.full_box("mdhd", 0, 0,
                 [&] { out.u32(0).u32(0).u32(format.timescale).u32(0).u16(0x55C4).u16(0); });
    out.full_box("hdlr", 0, 0, [&] {
      out.u32(0).text(is_audio ? "soun" : "vide").zeros(12).text("subtide").u8(0);
    });
    out.box("minf", [&] {
      if (is_audio) out.full_box("smhd", 0, 0, [&] { out.u32(0); });
      if (!is_audio) out.full_box("vmhd", 0, 1, [&] { out.zeros(8); });
      out.box("dinf", [&] {
        out.full_box("dref", 0, 0, [&] { out.u32(1).full_box("url ", 0, 1, [] {}); });
      });
      write_sample_table(out, format);
    });
  });
}

std::uint64_t ticks_of(MediaTime time, const TrackFormat& format) {
  assert(time >= MediaTime(0));
  return static_cast<std::uint64_t>(to_ticks(time, format.timescale));
}

/// Duration, size, flags and signed composition offset of each sample.
void write_run(BoxWriter& out, const TrackFormat& format, std::span<const Sample> samples,
               std::size_t& offset_at) {
  out.full_box("trun", 1, 0x000F01, [&] {
    out.u32(samples.size());
    offset_at = out.size();
    out.u32(0);
    for (const Sample& sample : samples) {
      const std::int64_t decode = to_ticks(sample.decode, format.timescale);
      out.u32(static_cast<std::uint64_t>(to_ticks(sample.end(), format.timescale) - decode));
      out.u32(sample.bytes.size());
      out.u32(sample.is_independent ? kIndependentSample : kDependentSample);
      out.u32(static_cast<std::uint64_t>(to_ticks(sample.presentation, format.timescale) - decode));
    }
  });
}

}  // namespace

std::string write_init(const TrackFormat& format) {
  BoxWriter out;
  out.box("ftyp", [&] { out.text("iso6").u32(0).text("iso6cmfcmp41"); });
  out.box("moov", [&] {
    write_movie_header(out, format);
    out.box("trak", [&] {
      write_track_header(out, format);
      write_media(out, format);
    });
    out.box("mvex", [&] {
      out.full_box("trex", 0, 0, [&] { out.u32(kTrackId).u32(1).u32(0).u32(0).u32(0); });
    });
  });
  return out.take();
}

std::string write_fragment(std::uint32_t sequence, const TrackFormat& format,
                           std::span<const Sample> samples) {
  assert(!samples.empty());
  BoxWriter out;
  std::size_t offset_at = 0;
  out.box("moof", [&] {
    out.full_box("mfhd", 0, 0, [&] { out.u32(sequence); });
    out.box("traf", [&] {
      out.full_box("tfhd", 0, 0x020000, [&] { out.u32(kTrackId); });  // default-base-is-moof
      out.full_box("tfdt", 1, 0, [&] { out.u64(ticks_of(samples.front().decode, format)); });
      write_run(out, format, samples, offset_at);
    });
  });
  out.patch(offset_at, out.size() + 8);
  out.box("mdat", [&] {
    for (const Sample& sample : samples) out.text(sample.bytes);
  });
  return out.take();
}

}  // namespace subtide
