#include "tests/live/live_faults.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <thread>

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// "2026-07-01T12:00:00.123456Z"
WallClock::time_point parse_wall(const std::string& text) {
  std::tm fields{};
  std::istringstream in(text);
  in >> std::get_time(&fields, "%Y-%m-%dT%H:%M:%S");
  double fraction = 0;
  if (in.peek() == '.') in >> fraction;
  const auto whole = std::chrono::duration<double>(static_cast<double>(timegm(&fields)) + fraction);
  return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(whole));
}

double seconds_of(WallClock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

WallClock::time_point told_at(const nlohmann::json& event) {
  return parse_wall(event.at("time").get<std::string>());
}

bool is_named(const nlohmann::json& event, const std::string& name) {
  return event.value("type", "") == "io.subtide." + name + ".v1";
}

PublishLags publish_lags(const LiveRun& run, WallClock::time_point from,
                         WallClock::time_point until) {
  PublishLags lags;
  for (const auto& event : run.events()) {
    if (!is_named(event, "media.segment.boundary")) continue;
    const auto told = told_at(event);
    if (told < from || told >= until) continue;
    const auto& data = event["data"];
    const double length = data["end"].get<double>() - data["start"].get<double>();
    lags.seconds.push_back(seconds_of(told - parse_wall(data["wall"])) - length);
  }
  std::ranges::sort(lags.seconds);
  return lags;
}

std::vector<double> caption_delays(const LiveRun& run, WallClock::time_point from,
                                   WallClock::time_point until) {
  std::vector<double> delays;
  for (const auto& event : run.events()) {
    if (!is_named(event, "cue.emitted")) continue;
    const auto told = told_at(event);
    if (told < from || told >= until) continue;
    delays.push_back(event["data"]["latency_ms"].get<double>() / 1000);
  }
  return delays;
}

int missing_words(const std::vector<Word>& heard) {
  constexpr int kTones = 60;
  int missing = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) {
    const int before = std::stoi(heard[i - 1].text.substr(1));
    const int now = std::stoi(heard[i].text.substr(1));
    missing += (now - before - 1 + kTones) % kTones;
  }
  return missing;
}

double resident_mib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

bool wait_until(const std::function<bool()>& is_so, std::chrono::seconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

bool wait_for_event(const LiveRun& run, const std::string& name, std::size_t count,
                    std::chrono::seconds most) {
  return wait_until([&] { return run.events(name).size() >= count; }, most);
}

std::vector<std::string> missing_files(const fs::path& hls) {
  std::vector<std::string> missing;
  std::error_code failure;
  for (const auto& folder : fs::directory_iterator(hls, failure)) {
    if (!fs::exists(folder.path() / "index.m3u8")) continue;
    for (const auto& segment : read_segments(folder.path() / "index.m3u8")) {
      if (segment.is_gap || fs::exists(folder.path() / segment.uri)) continue;
      missing.push_back((folder.path().filename() / segment.uri).string());
    }
  }
  return missing;
}

}  // namespace subtide
