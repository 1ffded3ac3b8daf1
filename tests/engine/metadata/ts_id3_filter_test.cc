#include "engine/metadata/ts_id3_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "engine/metadata/id3.h"
#include "engine/metadata/ticks.h"
#include "tests/engine/metadata/item_samples.h"
#include "tests/support/program.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint16_t kPmtPid = 0x1000;
constexpr std::uint16_t kVideoPid = 0x100;

Bytes with_crc(ByteWriter section) {
  section.u32(crc32_mpeg(section.written()));
  return section.take();
}

Bytes make_pat(std::uint16_t pmt_pid = kPmtPid) {
  ByteWriter section;
  section.bytes(
      hex("00B00D0001C10000"
          "0001"));
  section.u16(0xE000U | pmt_pid);
  return with_crc(std::move(section));
}

/// A PMT of one H.264 stream with `described` bytes of descriptors for it.
Bytes make_pmt(std::uint16_t pid = kVideoPid, std::size_t described = 0) {
  ByteWriter section;
  section.u8(2);
  section.u16(0xB012 + described);
  section.bytes(hex("0001C10000"));
  section.u16(0xE000U | pid);
  section.u16(0xF000);
  section.u8(0x1B);
  section.u16(0xE000U | pid);
  section.u16(0xF000 | described);
  for (std::size_t i = 0; i < described; i += 2) section.u16(0x0500);
  return with_crc(std::move(section));
}

/// A stream of TS packets.
class TsStory {
 public:
  TsStory& section(std::uint16_t pid, const Bytes& section) {
    write_sections(out_, pid, {section}, counters_[pid]);
    return *this;
  }
  TsStory& tables() { return section(0, make_pat()).section(kPmtPid, make_pmt()); }
  TsStory& video(std::uint64_t pts, std::size_t size = 400) {
    Bytes pes = make_private_pes(pts, Bytes(size, 0x55));
    pes[3] = 0xE0;
    write_pes(out_, kVideoPid, pes, counters_[kVideoPid]);
    return *this;
  }
  Bytes take() { return out_.take(); }

 private:
  ByteWriter out_;
  std::map<std::uint16_t, std::uint8_t> counters_;
};

/// The bytes that are on one PID, packet by packet, and whether its counters run on.
std::vector<TsHeader> packets_on(const Bytes& stream, std::uint16_t pid) {
  std::vector<TsHeader> packets;
  for (std::size_t at = 0; at + kTsPacketSize <= stream.size(); at += kTsPacketSize) {
    const auto header = read_ts_header(ByteView(stream).subspan(at, kTsPacketSize));
    if (header && header->pid == pid) packets.push_back(*header);
  }
  for (std::size_t i = 1; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].counter, (packets[i - 1].counter + 1) % 16) << "PID " << pid;
  }
  return packets;
}

/// The items on an ID3 PID with their PTS.
std::vector<std::pair<std::string, std::uint64_t>> id3_in(const Bytes& stream, std::uint16_t pid) {
  std::vector<std::pair<std::string, std::uint64_t>> found;
  Bytes pes;
  const auto close = [&] {
    if (pes.empty()) return;
    const auto item = read_id3(ByteView(pes).subspan(14));
    EXPECT_TRUE(item);
    if (item) found.emplace_back(item->id, pes_pts(pes).value_or(0));
    pes.clear();
  };
  for (const TsHeader& packet : packets_on(stream, pid)) {
    if (packet.is_start) close();
    pes.insert(pes.end(), packet.payload.begin(), packet.payload.end());
  }
  close();
  return found;
}

Bytes filtered(TsId3Filter& filter, const Bytes& stream, std::size_t chunk = 1 << 20) {
  Bytes out;
  const auto append = [&out](const Bytes& more) {
    out.insert(out.end(), more.begin(), more.end());
  };
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    append(filter.push(ByteView(stream).subspan(at, std::min(chunk, stream.size() - at))));
  }
  append(filter.finish());
  return out;
}

TEST(TsProgram, WritesThePmtOfTheSpecification) {
  // Apple, Timed Metadata for HTTP Live Streaming, tables 2-1 to 2-3
  const std::string pointer =
      "250F"
      "FFFF"
      "49443320"
      "FF"
      "49443320"
      "00"
      "1F"
      "0001";
  const std::string entry =
      "15"
      "E1F0"
      "F00F"
      "260D"
      "FFFF"
      "49443320"
      "FF"
      "49443320"
      "00"
      "0F";
  const std::string expected =
      "02B037"
      "0001"
      "C30000"
      "E100"
      "F011" +
      pointer + "1BE100F000" + entry;
  const auto pmt = add_id3_stream(make_pmt(), 0x1F0);
  ASSERT_TRUE(pmt);
  EXPECT_EQ(to_hex(ByteView(*pmt).first(pmt->size() - 4)), expected);
  EXPECT_EQ(crc32_mpeg(*pmt), 0U);
  EXPECT_EQ(read_pmt(*pmt)->pids, (std::set<std::uint16_t>{0x100, 0x1F0}));
}

TEST(TsProgram, RefusesDamagedTables) {
  for (const Bytes& table : {make_pat(), make_pmt()}) {
    for (std::size_t at = 0; at < table.size(); ++at) {
      Bytes broken = table;
      broken[at] ^= 0x04;
      EXPECT_FALSE(read_pat(broken) || read_pmt(broken)) << at;
    }
  }
  EXPECT_FALSE(add_id3_stream(make_pmt(kVideoPid, 980), 0x1F0));
}

TEST(TsPacket, WritesThePesPacketOfTheSpecification) {
  // PTS 0x123456789 by 13818-1, table 2-21: its bits 32 to 30 are 4, 29 to 15 are 0x468A, 14 to 0
  // are 0x6789, each with a marker bit behind, and 0010 in front
  const Bytes pes = make_private_pes(0x123456789, Bytes{0xAB});
  EXPECT_EQ(to_hex(pes),
            "000001BD"
            "0009"
            "848005"
            "298D15CF13"
            "AB");
  EXPECT_EQ(pes_pts(pes), 0x123456789U);
}

TEST(TsId3Filter, PutsAnItemInFrontOfThePacketThatIsAsLate) {
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("a"), 93'600));
  const Bytes out = filtered(filter, TsStory().tables().video(90'000).video(93'600).take());
  EXPECT_EQ(id3_in(out, 0x1F0),
            (std::vector<std::pair<std::string, std::uint64_t>>{{"a", 93'600}}));
  // PAT, PMT, three packets of video, then ours
  EXPECT_EQ(read_ts_header(ByteView(out).subspan(5 * kTsPacketSize, kTsPacketSize))->pid, 0x1F0);
  EXPECT_EQ(packets_on(out, kVideoPid).size(), 6U);
  EXPECT_EQ(filter.written(), 1U);
}

TEST(TsId3Filter, GivesTheSameForAnyCutOfTheInput) {
  const Bytes stream = TsStory().tables().video(90'000).video(93'600).tables().video(97'200).take();
  const auto run = [&](std::size_t chunk) {
    TsId3Filter filter;
    EXPECT_TRUE(filter.add(json_item("a"), 93'600));
    EXPECT_TRUE(filter.add(json_item("b"), 93'601));
    return filtered(filter, stream, chunk);
  };
  const Bytes whole = run(stream.size());
  for (const std::size_t chunk : {1U, 7U, 187U, 188U, 189U, 1000U}) {
    EXPECT_EQ(run(chunk), whole) << chunk;
  }
}

TEST(TsId3Filter, SortsItemsOverTheWrap) {
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("after"), 10));
  ASSERT_TRUE(filter.add(json_item("before"), kTickMask - 10));
  const Bytes out =
      filtered(filter, TsStory().tables().video(kTickMask - 5).video(5).video(20).take());
  EXPECT_EQ(id3_in(out, 0x1F0), (std::vector<std::pair<std::string, std::uint64_t>>{
                                    {"before", kTickMask - 10}, {"after", 10}}));
}

TEST(TsId3Filter, TakesAFreePidAndKeepsIt) {
  TsId3Filter filter({.pid = kVideoPid});
  ASSERT_TRUE(filter.add(json_item("a"), 0) && filter.add(json_item("b"), 90'000));
  const Bytes out = filtered(filter, TsStory().tables().video(0).tables().video(90'000).take());
  EXPECT_EQ(id3_in(out, kVideoPid + 1).size(), 2U);
}

TEST(TsId3Filter, RewritesAPmtOfSeveralPackets) {
  const Bytes pmt = make_pmt(kVideoPid, 400);
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("a"), 0));
  const Bytes out = filtered(
      filter, TsStory().section(0, make_pat()).section(kPmtPid, pmt).video(0).video(0).take());
  EXPECT_TRUE(filter.is_listed());
  EXPECT_EQ(packets_on(out, kPmtPid).size(), 3U);
  EXPECT_EQ(id3_in(out, 0x1F0).size(), 1U);
}

TEST(TsId3Filter, LetsADamagedPmtThroughAndWaitsForTheNext) {
  Bytes broken = make_pmt();
  broken[12] ^= 0xFF;
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("a"), 0));
  const Bytes damaged = TsStory().section(0, make_pat()).section(kPmtPid, broken).video(0).take();
  EXPECT_EQ(filter.push(damaged), damaged);
  EXPECT_FALSE(filter.is_listed());
  const Bytes out = filtered(filter, TsStory().tables().video(0).take());
  EXPECT_EQ(id3_in(out, 0x1F0).size(), 1U);
}

TEST(TsId3Filter, LetsAnythingElseThroughAsItIs) {
  std::mt19937 random(5);
  Bytes noise(10'000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("a"), 0));
  EXPECT_EQ(filtered(filter, noise, 333), noise);
  EXPECT_EQ(filter.waiting(), 1U);
}

TEST(TsId3Filter, FindsItsWayBackAfterDamage) {
  Bytes stream = TsStory().tables().video(0).take();
  const Bytes more = TsStory().tables().video(90'000).take();
  stream.resize(stream.size() - 50);
  stream.insert(stream.end(), more.begin(), more.end());
  TsId3Filter filter;
  ASSERT_TRUE(filter.add(json_item("a"), 90'000));
  filtered(filter, stream, 100);
  EXPECT_EQ(filter.written(), 1U);
}

TEST(TsId3Filter, RefusesWhatIsTooLongOrTooMuch) {
  TsId3Filter filter({.most_waiting = 1});
  TimedMetadata large = binary_item();
  large.payload.assign(65'500, 1);
  EXPECT_EQ(filter.add(large, 0).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(filter.add(json_item("a"), 0));
  EXPECT_THAT(filter.add(json_item("b"), 0).error().message, HasSubstr("1 items wait already"));
}

// ---- FFmpeg has the last word ----

class WithFfmpeg : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(testing::TempDir()) / ("subtide_metadata_" + name);
  }
  static Bytes bytes_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// 40 s of tiny video at 25 frames a second; the first PTS of FFmpeg's muxer is 1.4 s.
  Bytes video() {
    const auto path = file("plain.ts");
    const auto made = run_program({"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                                   "testsrc=size=64x48:rate=25:duration=40", "-c:v", "libx264",
                                   "-preset", "ultrafast", "-f", "mpegts", path.string()});
    EXPECT_TRUE(made.succeeded()) << made.summary();
    return bytes_of(path);
  }
  nlohmann::json probe(const Bytes& stream) {
    const auto path = file("filtered.ts");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(stream.data()),
               static_cast<std::streamsize>(stream.size()));
    const auto probed = run_program({"ffprobe", "-v", "error", "-of", "json", "-show_streams",
                                     "-show_packets", "-select_streams", "d", path.string()});
    EXPECT_TRUE(probed.succeeded()) << probed.summary();
    EXPECT_THAT(probed.err, IsEmpty());
    return nlohmann::json::parse(probed.out);
  }
};

TEST_F(WithFfmpeg, FindsAThousandMarkersEachOnceAtItsTime) {
  TsId3Filter filter;
  const std::vector<TimedMetadata> items = many_items(1000, 40ms);
  for (const TimedMetadata& item : items) {
    ASSERT_TRUE(filter.add(item, to_ticks(item.at + 1400ms)));
  }
  const Bytes out = filtered(filter, video(), 1316);
  const nlohmann::json probed = probe(out);
  EXPECT_EQ(probed.at("streams").at(0).at("codec_name"), "timed_id3");
  ASSERT_EQ(probed.at("packets").size(), 1000U);
  std::size_t right = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const nlohmann::json& packet = probed.at("packets").at(i);
    const auto size = std::stoul(packet.at("size").get<std::string>());
    const std::size_t written = write_id3(items[i]).size();
    // FFmpeg 5 takes five bytes off every stream of type 0x15, for the header of KLV that ID3
    // lacks.
    const bool is_whole = size == written || size + 5 == written;
    right += is_whole && packet.at("pts") == to_ticks(items[i].at + 1400ms) ? 1 : 0;
  }
  EXPECT_EQ(right, 1000U);
  EXPECT_EQ(id3_in(out, 0x1F0).size(), 1000U);
  std::printf("1000 markers in, %zu found by ffprobe at their time in MPEG-TS\n", right);
}

}  // namespace
}  // namespace subtide
