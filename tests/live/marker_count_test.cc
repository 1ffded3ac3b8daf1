// A thousand markers through the whole program: each is there once in each carrier, at its time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <span>
#include <sstream>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/cue_file.h"
#include "engine/metadata/emsg.h"
#include "engine/metadata/id3.h"
#include "tests/live/live_run.h"
#include "tests/support/cmaf_reader.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kMarkers = 1000;
constexpr MediaTime kFirst = seconds(1);
constexpr MediaDuration kStep = milliseconds(20);  // two on each picture
constexpr MediaDuration kFrame = milliseconds(40);

std::string name_of(int number) { return "marker-" + std::to_string(number); }
MediaTime time_of(int number) { return kFirst + number * kStep; }

void write_cue_file(const fs::path& path) {
  std::ofstream file(path);
  for (int i = 0; i < kMarkers; ++i) {
    file << nlohmann::json{{"at", to_seconds(time_of(i))},
                           {"id", name_of(i)},
                           {"class", "com.example.count"},
                           {"payload", {{"n", i}}}}
         << "\n";
  }
}

/// Markers as a reader found them: each time a name was there.
using Found = std::multimap<std::string, MediaTime>;

/// The quoted value behind `name=`.
std::string attribute(const std::string& line, const std::string& name) {
  const auto at = line.find(name + "=\"");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return line.substr(begin, line.find('"', begin) - begin);
}

WallTime wall_of(const std::string& date) { return parse_marker_time(date)->wall; }

/// By the dates of a playlist; the media begins at `begin`.
Found in_playlist(const fs::path& playlist, MediaTime begin) {
  constexpr const char* kDate = "#EXT-X-PROGRAM-DATE-TIME:";
  const std::string text = read_text(playlist);
  const auto date = text.find(kDate) + std::string(kDate).size();
  const WallTime wall = wall_of(text.substr(date, text.find('\n', date) - date));
  Found found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#EXT-X-DATERANGE:")) continue;
    found.emplace(attribute(line, "ID"), begin + (wall_of(attribute(line, "START-DATE")) - wall));
  }
  return found;
}

Found in_segments(const fs::path& rendition) {
  Found found;
  for (const auto& segment : read_segments(rendition / "index.m3u8")) {
    for (const auto& chunk : read_cmaf_chunks(read_text(rendition / segment.uri))) {
      for (const auto& box : chunk.events) {
        const auto event =
            read_emsg({reinterpret_cast<const std::uint8_t*>(box.data()), box.size()});
        EXPECT_TRUE(event) << event.error().message;
        const auto item = read_item(*event, MediaTime(0));
        EXPECT_TRUE(item) << item.error().message;
        found.emplace(item->id, item->at);
      }
    }
  }
  return found;
}

/// By ffmpeg's decoder: the time of the picture that a message came with.
Found in_pictures(const fs::path& rendition) {
  const TemporaryFolder folder;
  const fs::path whole = folder / "whole.mp4";
  std::ofstream file(whole, std::ios::binary);
  file << read_text(rendition / "init.mp4");
  for (const auto& segment : read_segments(rendition / "index.m3u8")) {
    file << read_text(rendition / segment.uri);
  }
  file.close();
  const auto shown = run_program({"ffmpeg", "-nostdin", "-copyts", "-i", whole.string(), "-vf",
                                  "showinfo", "-f", "null", "-"});
  EXPECT_TRUE(shown.succeeded()) << shown.summary().substr(0, 2000);
  const std::string time_mark = " pts_time:";
  const std::string text_mark = "User Data=";
  Found found;
  MediaTime at{0};
  std::istringstream lines(shown.err);
  for (std::string line; std::getline(lines, line);) {
    if (const auto time = line.find(time_mark); time != std::string::npos) {
      at = from_seconds(std::stod(line.substr(time + time_mark.size())));
    }
    const auto text = line.find(text_mark);
    if (text == std::string::npos) continue;
    const auto bytes = from_hex(line.substr(text + text_mark.size()));
    if (!bytes) continue;
    const auto item = nlohmann::json::parse(bytes->begin(), bytes->end(), nullptr, false);
    if (item.is_object()) found.emplace(item.value("id", ""), at);
  }
  return found;
}

/// The bytes of ffprobe's "-show_data": lines of an offset, eight groups of hex, and text.
Bytes dumped_bytes(const std::string& dump) {
  constexpr std::size_t kHexBegins = 10;
  constexpr std::size_t kHexLength = 40;
  std::string hex;
  std::istringstream lines(dump);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < kHexBegins) continue;
    const std::string groups = line.substr(kHexBegins, kHexLength);
    std::ranges::copy_if(groups, std::back_inserter(hex), [](char c) { return c != ' '; });
  }
  Bytes bytes = from_hex(hex).value_or(Bytes());
  // ffmpeg 5 takes five bytes off, as if all metadata had the header that KLV has.
  constexpr std::uint8_t kBegin[] = {'I', 'D', '3', 4, 0};
  if (!std::ranges::equal(std::span(bytes).first(std::min<std::size_t>(3, bytes.size())),
                          std::span(kBegin).first(3))) {
    bytes.insert(bytes.begin(), std::begin(kBegin), std::end(kBegin));
  }
  return bytes;
}

/// By ffprobe, of a push that was written down as it came. Its muxer counts from one hour on.
Found in_transport_stream(const fs::path& file) {
  const auto shown = run_program({"ffprobe", "-v", "error", "-select_streams", "d:0",
                                  "-show_packets", "-show_data", "-of", "json", file.string()});
  EXPECT_TRUE(shown.succeeded()) << shown.summary().substr(0, 2000);
  const auto read = nlohmann::json::parse(shown.out, nullptr, false);
  Found found;
  if (!read.is_object()) return found;
  for (const auto& packet : read["packets"]) {
    const auto item = read_id3(dumped_bytes(packet.value("data", "")));
    EXPECT_TRUE(item) << item.error().message;
    const double seconds_on = std::stod(packet.value("pts_time", "0"));
    if (item) found.emplace(item->id, from_seconds(seconds_on - 3600));
  }
  return found;
}

/// Each marker once, and `most` from its time at most; prints the figure.
void expect_each_once(const char* carrier, const Found& found, MediaDuration most) {
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kMarkers)) << carrier;
  int once = 0;
  double worst = 0;
  for (int i = 0; i < kMarkers; ++i) {
    if (found.count(name_of(i)) != 1) continue;
    ++once;
    const MediaDuration away = found.find(name_of(i))->second - time_of(i);
    worst = std::max(worst, std::abs(to_seconds(away)));
  }
  EXPECT_EQ(once, kMarkers) << carrier << ": each is there once";
  EXPECT_LE(worst, to_seconds(most)) << carrier;
  std::printf("%s: %d markers once each, %.3f ms at most from where they were put\n", carrier, once,
              worst * 1000);
}

TEST(MarkerCount, AThousandMarkersAreThereOnceInEachCarrier) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  SUBTIDE_REQUIRE_PROGRAM("gst-launch-1.0");
  const TemporaryFolder folder;
  const auto programme = folder / "programme.ts";
  write_programme(programme, {seconds(26), true, 1.4});
  const auto cues = folder / "cues.jsonl";
  write_cue_file(cues);
  const std::string push = "srt://127.0.0.1:" + std::to_string(free_port());
  const fs::path pushed = folder / "push.ts";
  RunningProgram receiver({"gst-launch-1.0", "-q", "srtsrc",
                           "uri=" + push + "?mode=listener&latency=1000", "!", "filesink",
                           "location=" + pushed.string()});
  LiveRun run({"--latency", "1s", "--display", "async", "--metadata", cues.string(), "--push",
               push + "?mode=caller&latency=1000"});
  const auto sender = run.send(programme);
  ASSERT_TRUE(run.wait_for_segments("video_source", 11)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();

  // Dates are whole milliseconds, of the playlist's begin and of the marker.
  constexpr MediaDuration kMillisecond = milliseconds(1) + std::chrono::microseconds(1);
  const auto begins = [&run](std::size_t i) {
    return from_seconds(run.events("media.segment.boundary").at(i)["start"]);
  };
  const fs::path video = run.hls() / "video_source";
  expect_each_once("SEI, by ffmpeg", in_pictures(video), kFrame);
  expect_each_once("emsg", in_segments(video), kMillisecond);
  expect_each_once("DATERANGE", in_playlist(video / "index.m3u8", begins(0)), kMillisecond);
  const auto received = receiver.wait(seconds(60));
  EXPECT_FALSE(received.timed_out) << "the push was not closed";
  expect_each_once("ID3 in the MPEG-TS of a push", in_transport_stream(pushed), kMillisecond);
  Found told;
  for (const auto& event : run.events("media.metadata.timed")) {
    told.emplace(event["id"], from_seconds(event["start"]));
  }
  expect_each_once("events", told, kMillisecond);
}

}  // namespace
}  // namespace subtide
