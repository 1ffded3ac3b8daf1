#include "engine/packaging/track_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "engine/packaging/fragment.h"
#include "tests/support/cmaf_reader.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Record = std::vector<std::uint8_t>;

const Record kAvc = {1, 0x64, 0x00, 0x1F, 0xFF, 0xE1, 0x00, 0x00};
const Record kHevc = {1,    0x01, 0x60, 0,    0,    0,    0xB0, 0, 0, 0,    0, 0,
                      0x5D, 0xF0, 0,    0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 0};
const Record kAac = {0x11, 0x90};  // AAC-LC, 48 kHz, two channels

std::string as_text(const Record& record) { return {record.begin(), record.end()}; }

TEST(TrackFormat, NamesCodecsAsPlayersWantThem) {
  EXPECT_EQ(avc_format(kAvc, {1280, 720}).value().codec, "avc1.64001F");
  EXPECT_EQ(hevc_format(kHevc, {1920, 1080}).value().codec, "hvc1.1.6.L93.B0");
  EXPECT_EQ(aac_format(kAac).value().codec, "mp4a.40.2");
  Record high = kHevc;
  high[1] = 0x62;  // profile space A, high tier, Main 10
  high[6] = 0;
  EXPECT_EQ(hevc_format(high, {1920, 1080}).value().codec, "hvc1.A2.6.H93");
}

TEST(TrackFormat, ReadsRateAndChannelsOfAac) {
  const TrackFormat stereo = aac_format(kAac).value();
  EXPECT_EQ(stereo.timescale, 48'000U);
  EXPECT_EQ(stereo.channels, 2);
  const TrackFormat mono = aac_format(Record{0x12, 0x08}).value();
  EXPECT_EQ(mono.timescale, 44'100U);
  EXPECT_EQ(mono.channels, 1);
  // HE-AAC told explicitly, and a rate of 24 bits: 0x00BB80 is 48000.
  EXPECT_EQ(aac_format(Record{0x2B, 0x92, 0x08, 0x00}).value().codec, "mp4a.40.5");
  EXPECT_EQ(aac_format(Record{0x17, 0x80, 0x5D, 0xC0, 0x10}).value().timescale, 48'000U);
}

TEST(TrackFormat, RefusesWhatIsDamaged) {
  const auto code_of = [](const auto& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kInternal : result.error().code;
  };
  EXPECT_EQ(code_of(avc_format(Record{1, 0x64}, {1280, 720})), ErrorCode::kBadInput);
  EXPECT_EQ(code_of(avc_format(Record{0, 0, 0, 1, 0x67, 0x64, 0}, {1280, 720})),
            ErrorCode::kBadInput)
      << "a byte stream has no record";
  EXPECT_EQ(code_of(avc_format(kAvc, {0, 720})), ErrorCode::kBadInput);
  EXPECT_EQ(code_of(hevc_format(kAvc, {1280, 720})), ErrorCode::kBadInput);
  EXPECT_EQ(code_of(aac_format(Record{})), ErrorCode::kBadInput);
  EXPECT_EQ(code_of(aac_format(Record{0x11})), ErrorCode::kBadInput);
  EXPECT_EQ(code_of(aac_format(Record{0x17, 0x00})), ErrorCode::kBadInput) << "reserved rate";
  EXPECT_EQ(code_of(aac_format(Record{0x11, 0x80})), ErrorCode::kBadInput) << "no channels";
}

TEST(TrackFormat, ItsHeaderIsReadBack) {
  const CmafInit video = read_cmaf_init(write_init(avc_format(kAvc, {1280, 720}).value()));
  EXPECT_EQ(video.handler, "vide");
  EXPECT_EQ(video.entry, "avc1");
  EXPECT_EQ(video.config, as_text(kAvc));
  EXPECT_EQ(video.width, 1280);
  EXPECT_EQ(video.height, 720);
  EXPECT_EQ(video.timescale, 90'000U);
  const CmafInit hevc = read_cmaf_init(write_init(hevc_format(kHevc, {64, 48, 4, 3}).value()));
  EXPECT_EQ(hevc.entry, "hvc1");
  EXPECT_EQ(hevc.config, as_text(kHevc));
  const CmafInit audio = read_cmaf_init(write_init(aac_format(kAac).value()));
  EXPECT_EQ(audio.handler, "soun");
  EXPECT_EQ(audio.entry, "mp4a");
  EXPECT_EQ(audio.config, as_text(kAac));
  EXPECT_EQ(audio.channels, 2);
  EXPECT_EQ(audio.timescale, 48'000U);
}

TEST(TrackFormat, TicksAreRoundedToTheNearest) {
  EXPECT_EQ(to_ticks(1s, 90'000), 90'000);
  EXPECT_EQ(to_ticks(33'366'666ns, 90'000), 3003);
  EXPECT_EQ(to_ticks(5555ns, 90'000), 0);
  EXPECT_EQ(to_ticks(5556ns, 90'000), 1);
  EXPECT_EQ(to_ticks(-1s, 90'000), -90'000);
  EXPECT_EQ(to_ticks(-5556ns, 90'000), -1);
  // A year, without overflow.
  EXPECT_EQ(to_ticks(24h * 365, 90'000), 31'536'000LL * 90'000);
}

}  // namespace
}  // namespace subtide
