// `subtide live` with each kind of source: words are where they sound, playlists are valid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

#include "tests/ingest/servers.h"
#include "tests/ingest/test_media.h"
#include "tests/live/live_run.h"
#include "tests/support/playlist_validator.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsEmpty;

constexpr MediaDuration kTolerance = milliseconds(100);
/// Who joins in the middle of a word hears only its end; the last one may be cut too.
constexpr MediaDuration kJoin = milliseconds(600);

/// What has to live while the program does, and where it finds it.
struct Source {
  std::string address;
  std::vector<std::string> options = {};
  std::shared_ptr<TestFolder> folder = {};
  std::shared_ptr<void> server = {};
  std::shared_ptr<RunningProgram> sender = {};
  /// Starts what sends, once the program runs.
  std::function<std::unique_ptr<RunningProgram>()> send = {};
};

struct SourceKind {
  const char* name;
  std::vector<std::string> programs;
  Source (*make)(const fs::path& programme);
};

SenderOptions sender_of(const fs::path& programme, const std::string& target,
                        const std::string& format = "mpegts") {
  SenderOptions options;
  options.input = programme;
  options.target = target;
  options.format = format;
  return options;
}

Source srt_that_we_call(const fs::path& programme) {
  const int port = free_port();
  return {.address = local("srt", port), .send = [=] {
            return send(sender_of(programme, local("srt", port, "?mode=listener&latency=20000")));
          }};
}

Source udp(const fs::path& programme) {
  const int port = free_port();
  return {.address = local("udp", port),
          .send = [=] { return send(sender_of(programme, local("udp", port, "?pkt_size=1316"))); }};
}

/// Who comes between two key frames has sound at once, pictures two seconds later.
Source udp_that_goes_on(const fs::path& programme) {
  const int port = free_port();
  const std::shared_ptr<RunningProgram> sender =
      send(sender_of(programme, local("udp", port, "?pkt_size=1316")));
  return {.address = local("udp", port), .sender = sender};
}

Source rtp(const fs::path& programme) {
  const int port = free_port();
  return {.address = local("rtp", port), .send = [=] {
            return send(sender_of(programme, local("rtp", port, "?pkt_size=1316"), "rtp_mpegts"));
          }};
}

Source rtmp_through_nginx(const fs::path& programme) {
  auto folder = std::make_shared<TestFolder>();
  auto nginx = std::make_shared<RtmpServer>(*folder);
  // Who pulls comes in the middle, between two key frames.
  const std::shared_ptr<RunningProgram> sender = send(sender_of(programme, nginx->url(), "flv"));
  return {.address = nginx->url(), .folder = folder, .server = nginx, .sender = sender};
}

Source rtsp(const fs::path& programme, RtspTransport transport) {
  auto server = std::make_shared<RtspServer>(transport, programme);
  return {.address = server->url(), .server = server};
}

Source hls(const fs::path& programme) {
  auto folder = std::make_shared<TestFolder>();
  auto origin = std::make_shared<HlsOrigin>(*folder, HlsOrigin::Kind::kTransportStream, programme);
  return {.address = origin->url(), .folder = folder, .server = origin};
}

const SourceKind kKinds[] = {
    {"SrtThatWeCall", {}, srt_that_we_call},
    {"RtmpThroughNginx", {"nginx"}, rtmp_through_nginx},
    {"RtspByTcp", {}, [](const fs::path& p) { return rtsp(p, RtspTransport::kTcp); }},
    {"RtspByUdp", {}, [](const fs::path& p) { return rtsp(p, RtspTransport::kUdp); }},
    {"Hls", {}, hls},
    {"UdpTransportStream", {}, udp},
    {"UdpTransportStreamJoinedBetweenKeyFrames", {}, udp_that_goes_on},
    {"RtpTransportStream", {}, rtp},
    {"FileAsLive",
     {},
     [](const fs::path& p) { return Source{.address = p.string(), .options = {"--as-live"}}; }},
};

std::vector<Word> said_words(const LiveRun& run) {
  std::vector<Word> words;
  for (const auto& event : run.events("transcript.final")) {
    for (const auto& word : event["words"]) {
      std::string text = word["text"];
      std::erase_if(text, [](unsigned char c) { return std::isalnum(c) == 0; });
      text.front() = static_cast<char>(std::tolower(text.front()));
      words.push_back({text, {from_seconds(word["start"]), from_seconds(word["end"])}});
    }
  }
  return words;
}

/// Each word that sounds is said once, where it sounds; prints how far they are from each other.
void expect_words_where_they_sound(const char* kind, const std::vector<Word>& heard,
                                   const std::vector<Word>& said) {
  ASSERT_GT(heard.size(), 8U);
  std::vector<double> offsets;
  for (const auto& word : heard) {
    const bool is_cut = word.span.begin < heard.front().span.begin + kJoin ||
                        word.span.begin == heard.back().span.begin;
    if (is_cut) continue;
    const auto is_it = [&](const Word& each) {
      return each.text == word.text &&
             std::chrono::abs(each.span.begin - word.span.begin) <= kTolerance;
    };
    EXPECT_EQ(std::ranges::count_if(said, is_it), 1)
        << word.text << " sounds at " << format_clock(word.span.begin);
    const auto found = std::ranges::find_if(said, is_it);
    if (found == said.end()) continue;
    offsets.push_back(to_seconds(found->span.begin - word.span.begin) * 1000);
  }
  ASSERT_FALSE(offsets.empty());
  std::ranges::sort(offsets);
  std::printf("%s: %zu words, %.0f to %.0f ms from where they sound\n", kind, offsets.size(),
              offsets.front(), offsets.back());
}

void expect_valid_playlists(const fs::path& folder) {
  int playlists = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".m3u8") continue;
    ++playlists;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(playlist_faults(text), IsEmpty()) << entry.path();
    for (const auto& uri : playlist_uris(text)) {
      EXPECT_TRUE(fs::exists(entry.path().parent_path() / uri)) << entry.path() << ": " << uri;
    }
  }
  EXPECT_EQ(playlists, 4) << "of all, pictures, sound, captions";
}

class LiveSource : public testing::TestWithParam<SourceKind> {};

TEST_P(LiveSource, HasEachWordWhereItSounds) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  for (const auto& program : GetParam().programs) SUBTIDE_REQUIRE_PROGRAM(program);
  const TemporaryFolder folder;
  const auto programme = folder / "programme.ts";
  write_programme(programme, {seconds(16), true, 1.4});
  Source source = GetParam().make(programme);
  auto options = source.options;
  options.insert(options.end(), {"--latency", "1s", "--display", "async"});
  LiveRun run(source.address, options);
  const auto sender = source.send ? source.send() : nullptr;
  ASSERT_TRUE(run.wait_for_segments("audio_en", 4)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  expect_words_where_they_sound(GetParam().name, heard_words(run.hls() / "audio_en"),
                                said_words(run));
  expect_valid_playlists(run.hls());
}

void PrintTo(const SourceKind& kind, std::ostream* out) { *out << kind.name; }

INSTANTIATE_TEST_SUITE_P(All, LiveSource, testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace subtide
