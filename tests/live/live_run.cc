#include "tests/live/live_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "models/fake/tone_listener.h"
#include "tests/ingest/test_media.h"
#include "tests/support/tone_speech.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

MediaTime parse_clock(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  double rest = 0;
  EXPECT_EQ(std::sscanf(text.c_str(), "%d:%d:%lf", &hours, &minutes, &rest), 3) << text;
  return seconds(hours * 3600 + minutes * 60) + from_seconds(rest);
}

std::string run_for_output(const std::vector<std::string>& argv) {
  const auto result = run_program(argv);
  EXPECT_TRUE(result.succeeded()) << argv[0] << ": " << result.summary();
  return result.out;
}

/// Holes in the time stamps stay holes in the samples.
constexpr const char* kFillHoles = "aresample=async=1:min_hard_comp=0.015";

/// Puts the sound of one segment where it belongs on the timeline.
void place_sound(const fs::path& file, std::vector<std::int16_t>& timeline, MediaTime origin = {}) {
  const std::string start = run_for_output({"ffprobe", "-v", "error", "-select_streams", "a:0",
                                            "-show_entries", "packet=pts_time", "-of", "csv=p=0",
                                            "-read_intervals", "%+#1", file.string()});
  const std::string bytes =
      run_for_output({"ffmpeg", "-v", "error", "-i", file.string(), "-af", kFillHoles, "-ac", "1",
                      "-ar", std::to_string(kSpeechSampleRate), "-f", "s16le", "-"});
  const auto first = static_cast<std::size_t>(std::max(0.0, std::stod(start) - to_seconds(origin)) *
                                              kSpeechSampleRate);
  const std::size_t count = bytes.size() / 2;
  if (timeline.size() < first + count) timeline.resize(first + count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto low = static_cast<unsigned char>(bytes[2 * i]);
    const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
    timeline[first + i] = static_cast<std::int16_t>(low | high << 8);
  }
}

}  // namespace

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_programme(const fs::path& path, const ProgrammeOptions& options) {
  const fs::path sound = fs::path(path).replace_extension(".wav");
  write_tone_speech(sound, tone_words(options.length), options.length);
  std::vector<std::string> command = {"ffmpeg", "-v", "error", "-y", "-i", sound.string()};
  const std::string length = std::to_string(to_seconds(options.length));
  if (options.has_video) {
    command.insert(command.end(), {"-f",
                                   "lavfi",
                                   "-i",
                                   "testsrc2=size=320x180:rate=25",
                                   "-c:v",
                                   "libx264",
                                   "-preset",
                                   "ultrafast",
                                   "-tune",
                                   "zerolatency",
                                   "-pix_fmt",
                                   "yuv420p",
                                   "-g",
                                   "50",
                                   "-keyint_min",
                                   "50",
                                   "-sc_threshold",
                                   "0",
                                   "-map",
                                   "1:v",
                                   "-map",
                                   "0:a"});
  }
  command.insert(command.end(), {"-c:a", "aac", "-b:a", "128k", "-t", length, "-muxdelay", "0",
                                 "-muxpreload", "0", "-output_ts_offset",
                                 std::to_string(options.starts_at), "-f", "mpegts", path.string()});
  run_for_output(command);
}

LiveRun::LiveRun(const std::vector<std::string>& options, const LiveRunSetting& setting)
    : hls_(setting.hls.empty() ? folder_.path() / "hls" : setting.hls), srt_port_(free_port()) {
  start("srt://127.0.0.1:" + std::to_string(srt_port_) + "?mode=listener", options, setting);
}

LiveRun::LiveRun(const std::string& source, const std::vector<std::string>& options)
    : hls_(folder_.path() / "hls") {
  start(source, options, {});
}

void LiveRun::start(const std::string& source, const std::vector<std::string>& options,
                    const LiveRunSetting& setting) {
  std::vector<std::string> command = {built_program("subtide").string(),
                                      "live",
                                      source,
                                      "--recognizer",
                                      setting.recognizer,
                                      "--detector",
                                      "fake:",
                                      "--language",
                                      "en",
                                      "--hls",
                                      hls().string(),
                                      "--http",
                                      "127.0.0.1:" + std::to_string(http_port_),
                                      "--state",
                                      state().string(),
                                      "--json",
                                      "-v"};
  if (setting.keeps_all) command.emplace_back("--event");
  command.insert(command.end(), options.begin(), options.end());
  ProgramOptions how;
  how.environment = {{"XDG_CONFIG_HOME", folder_.path().string()}};
  program_ = std::make_unique<RunningProgram>(command, how);
}

LiveRun::~LiveRun() = default;

std::unique_ptr<RunningProgram> LiveRun::send(const fs::path& programme) const {
  // It calls again until somebody listens.
  const std::string address = "srt://127.0.0.1:" + std::to_string(srt_port_) + "?mode=caller";
  const std::string script =
      "for n in 1 2 3 4 5 6 7 8 9 10; do ffmpeg -nostdin -v error -re -copyts -i \"$1\" -c copy "
      "-muxdelay 0 -f mpegts \"$2\" && exit 0; sleep 0.5; done; exit 1";
  return std::make_unique<RunningProgram>(
      std::vector<std::string>{"sh", "-c", script, "send", programme.string(), address});
}

bool LiveRun::wait_for_segments(const std::string& rendition, std::size_t count,
                                seconds most) const {
  const auto until = std::chrono::steady_clock::now() + most;
  const fs::path playlist = hls() / rendition / "index.m3u8";
  while (std::chrono::steady_clock::now() < until) {
    if (fs::exists(playlist) && read_segments(playlist).size() >= count) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

ProgramResult LiveRun::end(int signal) {
  program_->send_signal(signal);
  ProgramResult result = program_->wait(seconds(60));
  out_ = result.out;
  return result;
}

std::vector<nlohmann::json> LiveRun::events() const {
  std::vector<nlohmann::json> found;
  const std::string text = out_.empty() ? program_->out() : out_;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    if (end == std::string::npos) break;  // not whole yet
    const std::string line = text.substr(at, end - at);
    auto event = nlohmann::json::parse(line, nullptr, false);
    EXPECT_FALSE(event.is_discarded()) << line;
    found.push_back(std::move(event));
    at = end + 1;
  }
  return found;
}

std::vector<nlohmann::json> LiveRun::events(const std::string& name) const {
  std::vector<nlohmann::json> found;
  for (const auto& event : events()) {
    if (event.value("type", "") == "io.subtide." + name + ".v1") found.push_back(event["data"]);
  }
  return found;
}

std::vector<ListedSegment> read_segments(const fs::path& playlist) {
  std::vector<ListedSegment> segments;
  ListedSegment next;
  std::istringstream lines(read_text(playlist));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#EXTINF:")) next.seconds = std::stod(line.substr(8));
    if (line == "#EXT-X-GAP") next.is_gap = true;
    if (line == "#EXT-X-DISCONTINUITY") next.is_discontinuous = true;
    if (line.empty() || line[0] == '#') continue;
    next.uri = line;
    segments.push_back(std::exchange(next, {}));
  }
  return segments;
}

std::vector<Word> heard_words(const fs::path& rendition) {
  std::vector<std::int16_t> timeline;
  const TemporaryFolder scratch;
  const fs::path whole = scratch.path() / "whole.mp4";
  // What is continuous is decoded in one go: a decoder that begins anew fades in.
  std::string stretch;
  const auto place = [&] {
    if (stretch.empty()) return;
    std::ofstream(whole, std::ios::binary) << std::exchange(stretch, "");
    place_sound(whole, timeline);
  };
  std::string map;
  std::istringstream lines(read_text(rendition / "index.m3u8"));
  bool is_gap = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#EXT-X-MAP:URI=\"")) {
      place();
      map = line.substr(16, line.find('"', 16) - 16);
    } else if (line == "#EXT-X-GAP" || line == "#EXT-X-DISCONTINUITY") {
      place();
      is_gap = line == "#EXT-X-GAP";
    } else if (!line.empty() && line[0] != '#' && !std::exchange(is_gap, false)) {
      if (stretch.empty()) stretch = read_text(rendition / map);
      stretch += read_text(rendition / line);
    }
  }
  place();
  if (timeline.empty()) return {};
  return hear_tones(**AudioWindow::create(std::move(timeline), {{0, MediaTime(0)}}));
}

std::vector<Word> heard_words_in(const fs::path& file, MediaTime origin) {
  std::vector<std::int16_t> timeline;
  place_sound(file, timeline, origin);
  if (timeline.empty()) return {};
  return hear_tones(**AudioWindow::create(std::move(timeline), {{0, MediaTime(0)}}));
}

void join_segments(const fs::path& rendition, const fs::path& file) {
  std::ofstream joined(file, std::ios::binary);
  std::istringstream lines(read_text(rendition / "index.m3u8"));
  constexpr std::string_view kMap = "#EXT-X-MAP:URI=\"";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kMap)) {
      joined << read_text(rendition /
                          line.substr(kMap.size(), line.find('"', kMap.size()) - kMap.size()));
    } else if (!line.empty() && line[0] != '#') {
      joined << read_text(rendition / line);
    }
  }
}

std::vector<ShownCue> shown_cues(const fs::path& rendition) {
  std::vector<ShownCue> cues;
  std::map<std::string, std::size_t> known;
  for (const auto& segment : read_segments(rendition / "index.m3u8")) {
    std::istringstream lines(read_text(rendition / segment.uri));
    std::string former;
    for (std::string line; std::getline(lines, line); former = line) {
      const auto arrow = line.find(" --> ");
      if (arrow == std::string::npos) continue;
      ShownCue cue{
          former, {parse_clock(line.substr(0, arrow)), parse_clock(line.substr(arrow + 5))}, ""};
      while (std::getline(lines, line) && !line.empty()) {
        cue.text += (cue.text.empty() ? "" : " ") + line;
      }
      const auto [at, is_new] = known.emplace(cue.id, cues.size());
      if (is_new) {
        cues.push_back(cue);
      } else {
        EXPECT_EQ(cues[at->second].text, cue.text) << "a published cue was rewritten: " << cue.id;
        EXPECT_EQ(cues[at->second].span, cue.span) << "a published cue was moved: " << cue.id;
      }
    }
  }
  return cues;
}

}  // namespace subtide
