// The validator itself: playlists of RFC 8216bis that must pass, and wrong ones with one slip each.
#include "tests/support/playlist_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kMedia = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-DATERANGE:ID="a",CLASS="com.example.goal",START-DATE="2026-07-01T12:00:01.000Z",DURATION=2.5,X-TEAM="home"
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-07-01T12:00:00.000Z
#EXTINF:2.002,
00000007.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-07-01T12:00:02.002Z
#EXTINF:2.002,
00000008.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init_2.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-07-01T12:00:30.000Z
#EXTINF:1.5,
00000009.m4s
)";

const std::string kLowLatency = R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=6
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PART:DURATION=0.5,URI="00000001.1.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="00000001.2.m4s"
#EXTINF:1.000,
00000001.m4s
#EXT-X-PART:DURATION=0.5,URI="00000002.1.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="00000002.2.m4s"
)";

const std::string kMultivariant = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio_en/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="subs_en/index.m3u8"
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="CC",LANGUAGE="en",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=2900000,AVERAGE-BANDWIDTH=2500000,CODECS="avc1.64001F,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",SUBTITLES="subs",CLOSED-CAPTIONS="captions"
video_720p/index.m3u8
)";

TEST(PlaylistValidator, FindsNothingInPlaylistsThatAreRight) {
  EXPECT_THAT(playlist_faults(kMedia), IsEmpty());
  EXPECT_THAT(playlist_faults(kLowLatency), IsEmpty());
  EXPECT_THAT(playlist_faults(kMultivariant), IsEmpty());
  EXPECT_THAT(playlist_faults(kMedia + "#EXT-X-ENDLIST\n"), IsEmpty());
  EXPECT_THAT(
      playlist_faults("#EXTM3U\n# a remark\n#EXT-X-TARGETDURATION:10\n\n#EXTINF:9,t\na.ts\n"),
      IsEmpty());
}

struct Slip {
  const std::string& right;
  const char* from;
  const char* to;
  const char* fault;
};

std::string with(const Slip& slip) {
  std::string text = slip.right;
  const auto at = text.find(slip.from);
  EXPECT_NE(at, std::string::npos) << slip.from;
  if (at != std::string::npos) text.replace(at, std::string_view(slip.from).size(), slip.to);
  return text;
}

class WrongPlaylists : public testing::TestWithParam<Slip> {};

TEST_P(WrongPlaylists, AreFoundOut) {
  EXPECT_THAT(playlist_faults(with(GetParam())), Contains(HasSubstr(GetParam().fault)))
      << with(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Media, WrongPlaylists,
    testing::Values(
        Slip{kMedia, "#EXTM3U\n", "", "not #EXTM3U"},
        Slip{kMedia, "#EXTM3U", "\xEF\xBB\xBF#EXTM3U", "byte order mark"},
        Slip{kMedia, "#EXT-X-VERSION:7", "#EXT-X-VERSION:seven", "no whole number"},
        Slip{kMedia, "#EXT-X-VERSION:7", "#EXT-X-VERSION:3", "needs version 6"},
        Slip{kMedia, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7", "twice"},
        Slip{kMedia, "00000008.m4s", "#EXT-X-GAP\n00000008.m4s", "needs version 8"},
        Slip{kMedia, "#EXT-X-TARGETDURATION:2\n", "", "no EXT-X-TARGETDURATION"},
        Slip{kMedia, "#EXTINF:2.002", "#EXTINF:2.502", "longer than the target"},
        Slip{kMedia, "#EXTINF:2.002", "#EXTINF:0", "no duration"},
        Slip{kMedia, "#EXTINF:2.002,", "#EXTINF:2.002", "without a comma"},
        Slip{kMedia, "#EXTINF:2.002,", "#EXTINF:about two,", "no number of seconds"},
        Slip{kMedia, "#EXTINF:2.002,\n", "", "without EXTINF"},
        Slip{kMedia, "00000007.m4s\n", "", "EXTINF twice"},
        Slip{kMedia, "00000009.m4s\n", "", "EXTINF without a URI"},
        Slip{kMedia, "00000008", "00000007", "named twice"},
        Slip{kMedia, "#EXT-X-MAP:URI=\"init.mp4\"\n", "", "without EXT-X-MAP"},
        Slip{kMedia, "URI=\"init.mp4\"", "URI=init.mp4", "needs quotes"},
        Slip{kMedia, "URI=\"init.mp4\"", "URI=\"init.mp4", "no attribute list"},
        Slip{kMedia, "URI=\"init.mp4\"", "URL=\"init.mp4\"", "without URI"},
        Slip{kMedia, "URI=\"init.mp4\"", "URI=\"init.mp4\",URI=\"b\"", "URI twice"},
        Slip{kMedia, "#EXT-X-DISCONTINUITY\n", "", "another map without"},
        Slip{kMedia, "#EXT-X-DISCONTINUITY\n", "#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY\n",
             "DISCONTINUITY in the middle"},
        Slip{kMedia, "12:00:02.002Z", "12:00:05.002Z", "does not follow"},
        Slip{kMedia, "12:00:02.002Z", "25:00:02.002Z", "no RFC 3339"},
        Slip{kMedia, "2026-07-01T12:00:00.000Z", "2026-02-30T12:00:00.000Z", "no RFC 3339"},
        Slip{kMedia, "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-INDEPENDENT-SEGMENT",
             "does not belong"},
        Slip{kMedia, "#EXT-X-MEDIA-SEQUENCE:7", "#EXT-X-MEDIA-SEQUENCE:-7", "no whole number"},
        Slip{kMedia, "00000007.m4s\n", "00000007.m4s\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n", "twice"},
        Slip{kMedia, "#EXT-X-INDEPENDENT", "#EXT-X-PLAYLIST-TYPE:LIVE\n#EXT-X-INDEPENDENT",
             "neither EVENT nor VOD"},
        Slip{kMedia, "#EXT-X-INDEPENDENT", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT",
             "VOD without ENDLIST"},
        Slip{kMedia, "00000008.m4s", "#EXT-X-ENDLIST\n00000008.m4s", "behind ENDLIST"},
        Slip{kMedia, "00000009.m4s\n", "00000009.m4s", "has no end"},
        Slip{kMedia, "00000009.m4s", "0000\t0009.m4s", "control character"}));

INSTANTIATE_TEST_SUITE_P(
    DateRanges, WrongPlaylists,
    testing::Values(
        Slip{kMedia, "ID=\"a\",", "", "without ID"},
        Slip{kMedia, "START-DATE=\"2026-07-01T12:00:01.000Z\",", "", "without START-DATE"},
        Slip{kMedia, "12:00:01.000Z\"", "12:00:01.000Z\",END-DATE=\"2026-07-01T11:00:00Z\"",
             "END-DATE before"},
        Slip{kMedia, "DURATION=2.5", "DURATION=-2.5", "no number of seconds"},
        Slip{kMedia, "DURATION=2.5", "DURATION=2.5,END-ON-NEXT=YES", "beside an end"},
        Slip{kMedia, "CLASS=\"com.example.goal\"", "END-ON-NEXT=YES", "without CLASS"},
        Slip{kMedia, "X-TEAM", "TEAM", "no attribute of DATERANGE"},
        Slip{kMedia, "#EXT-X-MAP", "#EXT-X-DATERANGE:ID=\"a\",DURATION=3\n#EXT-X-MAP", "changes"}));

INSTANTIATE_TEST_SUITE_P(
    LowLatency, WrongPlaylists,
    testing::Values(
        Slip{kLowLatency, "#EXT-X-PART-INF:PART-TARGET=0.5\n", "", "without EXT-X-PART-INF"},
        Slip{kLowLatency, "PART-TARGET=0.5", "PART-TARGET=0.4", "longer than PART-TARGET"},
        Slip{kLowLatency, "DURATION=0.5,URI=\"00000001.1", "DURATION=0.3,URI=\"00000001.1",
             "shorter than 85 %"},
        Slip{kLowLatency, "#EXTINF:1.000", "#EXTINF:0.900", "longer than the segment"},
        Slip{kLowLatency, "PART-HOLD-BACK=1.5", "PART-HOLD-BACK=0.9", "below two part targets"},
        Slip{kLowLatency, "PART-HOLD-BACK=1.5,", "", "no PART-HOLD-BACK"},
        Slip{kLowLatency, "HOLD-BACK=6", "HOLD-BACK=5", "below three target"},
        Slip{kLowLatency, "CAN-BLOCK-RELOAD=YES", "CAN-BLOCK-RELOAD=NO", "is not YES"},
        Slip{kLowLatency, "00000002.2", "00000002.1", "there already"},
        Slip{kLowLatency, "TYPE=PART", "TYPE=SEGMENT", "unknown TYPE"},
        Slip{kLowLatency, "INDEPENDENT=YES", "INDEPENDENT=NO", "is not YES"}));

INSTANTIATE_TEST_SUITE_P(
    Multivariant, WrongPlaylists,
    testing::Values(
        Slip{kMultivariant, "BANDWIDTH=2900000,", "", "without BANDWIDTH"},
        Slip{kMultivariant, "BANDWIDTH=2900000", "BANDWIDTH=1000", "above BANDWIDTH"},
        Slip{kMultivariant, "CODECS=\"avc1.64001F,mp4a.40.2\",", "", "without CODECS"},
        Slip{kMultivariant, "RESOLUTION=1280x720", "RESOLUTION=1280*720", "no WIDTHxHEIGHT"},
        Slip{kMultivariant, "AUDIO=\"audio\"", "AUDIO=\"sound\"", "no AUDIO group"},
        Slip{kMultivariant, "AUDIO=\"audio\"", "AUDIO=audio", "needs quotes"},
        Slip{kMultivariant, "video_720p/index.m3u8\n", "", "without a URI behind"},
        Slip{kMultivariant, "FORCED=NO,URI=\"subs_en/index.m3u8\"", "FORCED=NO", "without URI"},
        Slip{kMultivariant, "TYPE=AUDIO", "TYPE=SOUND", "unknown TYPE"},
        Slip{kMultivariant, "DEFAULT=YES,AUTOSELECT=YES", "DEFAULT=YES,AUTOSELECT=NO",
             "beside AUTOSELECT=NO"},
        Slip{kMultivariant, "INSTREAM-ID=\"CC1\"", "INSTREAM-ID=\"CC5\"", "no caption channel"},
        Slip{kMultivariant, "NAME=\"English\",", "", "without NAME"},
        Slip{kMultivariant, "CLOSED-CAPTIONS=\"captions\"", "CLOSED-CAPTIONS=captions", "unquoted"},
        Slip{kMultivariant, "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-TARGETDURATION:2",
             "does not belong into a multivariant"}));

struct Reload {
  const char* from;
  const char* to;
  const char* fault;
};

class WrongReloads : public testing::TestWithParam<Reload> {};

TEST_P(WrongReloads, AreFoundOut) {
  const Slip slip{kMedia, GetParam().from, GetParam().to, GetParam().fault};
  EXPECT_THAT(reload_faults(kMedia, with(slip)), Contains(HasSubstr(slip.fault)));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongReloads,
    testing::Values(Reload{"TARGETDURATION:2", "TARGETDURATION:3", "target duration changes"},
                    Reload{"SEQUENCE:7", "SEQUENCE:6", "media sequence falls"},
                    Reload{"#EXT-X-INDEPENDENT", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT",
                           "type changes"},
                    Reload{"#EXTINF:1.5,\n00000009.m4s\n", "", "vanish from the end"},
                    Reload{"#EXTINF:1.5", "#EXTINF:1.6", "published segment changes"},
                    Reload{"00000008.m4s", "00000018.m4s", "published segment changes"},
                    Reload{"12:00:30.000Z", "12:00:31.000Z", "published segment changes"}));

TEST(PlaylistValidator, WatchesASegmentLeave) {
  const std::string before =
      "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:2,\na.ts\n"
      "#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb.ts\n#EXTINF:2,\nc.ts\n#EXTINF:2,\nd.ts\n";
  const std::string head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n";
  const std::string rest = "#EXTINF:2,\nc.ts\n#EXTINF:2,\nd.ts\n#EXTINF:2,\ne.ts\n";
  EXPECT_THAT(reload_faults(before, head +
                                        "#EXT-X-MEDIA-SEQUENCE:3\n"
                                        "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" +
                                        rest),
              IsEmpty());
  EXPECT_THAT(reload_faults(before, head + "#EXT-X-MEDIA-SEQUENCE:3\n" + rest),
              Contains(HasSubstr("DISCONTINUITY-SEQUENCE")));
  EXPECT_THAT(reload_faults(before, head + "#EXT-X-MEDIA-SEQUENCE:4\n"
                                           "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
                                           "#EXTINF:2,\nd.ts\n#EXTINF:2,\ne.ts\n"),
              Contains(HasSubstr("shorter than three")));
  EXPECT_THAT(reload_faults(before + "#EXT-X-ENDLIST\n", before), Contains(HasSubstr("goes on")));
}

TEST(PlaylistValidator, WatchesPartsBecomeASegment) {
  const std::string open = kLowLatency.substr(0, kLowLatency.find("#EXT-X-PRELOAD"));
  EXPECT_THAT(reload_faults(kLowLatency, open + "#EXTINF:0.5,\n00000002.m4s\n"), IsEmpty());
  std::string other = open;
  other.replace(other.find("00000002.1"), 10, "00000002.9");
  EXPECT_THAT(reload_faults(kLowLatency, other), Contains(HasSubstr("parts change")));
}

TEST(PlaylistValidator, NamesTheFilesOfAPlaylist) {
  EXPECT_THAT(playlist_uris(kLowLatency),
              ElementsAre("00000001.1.m4s", "00000001.2.m4s", "00000001.m4s", "00000002.1.m4s",
                          "init.mp4"));
  EXPECT_THAT(playlist_uris(kMultivariant),
              ElementsAre("audio_en/index.m3u8", "subs_en/index.m3u8", "video_720p/index.m3u8"));
}

}  // namespace
}  // namespace subtide
