#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/app/program_fixture.h"

namespace subtide {

/// Runs `subtide transcode` on clips that ffmpeg makes, and looks at what came out with ffprobe.
class TranscodeTest : public ProgramTest {
 protected:
  using Json = nlohmann::json;

  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  }

  /// An input of ffmpeg: pictures of `size` that move, for `seconds`.
  static Words pictures(const std::string& size = "320x240", const std::string& seconds = "4",
                        const std::string& rate = "25") {
    return {"-f", "lavfi", "-i", "testsrc=size=" + size + ":rate=" + rate + ":duration=" + seconds};
  }
  static Words sound(const std::string& seconds = "4") {
    return {"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=" + seconds};
  }
  /// Black pictures and silence, with a white picture or two and a beep in the middle of each
  /// second.
  static Words flash_and_beep(const std::string& seconds = "6") {
    return {"-f",
            "lavfi",
            "-i",
            "color=black:s=320x240:r=50:d=" + seconds +
                ",geq=lum='if(between(mod(T\\,1)\\,0.499\\,0.53)\\,235\\,16)':cb=128:cr=128",
            "-f",
            "lavfi",
            "-i",
            "aevalsrc=if(between(mod(t\\,1)\\,0.5\\,0.54)\\,0.8*sin(2*PI*1000*t)\\,0):s=48000:d=" +
                seconds};
  }
  static Words joined(const std::vector<Words>& parts) {
    Words all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  void make(const std::string& name, const std::vector<Words>& arguments) const {
    std::filesystem::create_directories(path(name).parent_path());
    const auto result = run_program(joined(
        {{"ffmpeg", "-v", "error", "-y", "-nostdin"}, joined(arguments), {path(name).string()}}));
    ASSERT_TRUE(result.succeeded()) << result.summary();
  }

  /// Without text and without what earlier runs kept, unless `words` ask for it.
  ProgramResult transcode(const Words& words) const {
    return run(joined({{"transcode", "--subtitles", "none", "--state", "none"}, words}));
  }
  /// The same with speech, by fake models.
  ProgramResult transcode_speech(const Words& words) const {
    return run(joined({{"transcode", "--recognizer", "fake:", "--translator", "fake:", "--detector",
                        "fake:", "--language", "en", "--state", "none"},
                       words}));
  }

  Json probe(const std::string& name, const Words& more = {}) const {
    const auto result = run_program(joined({{"ffprobe", "-v", "error", "-of", "json",
                                             "-show_streams", "-show_format", "-show_chapters"},
                                            more,
                                            {path(name).string()}}));
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return Json::parse(result.out, nullptr, false);
  }
  Json stream(const std::string& name, const std::string& kind, int number = 0) const {
    for (const auto& one : probe(name).value("streams", Json::array())) {
      if (one.value("codec_type", "") == kind && number-- == 0) return one;
    }
    ADD_FAILURE() << name << " has no such " << kind << " stream";
    return Json::object();
  }

  struct Packet {
    double time = 0;
    bool is_key = false;
  };
  /// Of the first video stream, in the order of their presentation.
  std::vector<Packet> packets(const std::string& name) const {
    const auto result =
        run_program({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                     "packet=pts_time,flags", "-of", "csv=p=0", path(name).string()});
    std::vector<Packet> found;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      found.push_back({std::atof(line.c_str()), line.find('K') != std::string::npos});
    }
    std::ranges::sort(found, {}, &Packet::time);
    return found;
  }
  std::vector<double> key_times(const std::string& name) const {
    std::vector<double> times;
    for (const auto& packet : packets(name)) {
      if (packet.is_key) times.push_back(packet.time);
    }
    return times;
  }

  /// When pictures turn white, as a player shows them.
  std::vector<double> flashes(const std::string& name) const {
    const auto result =
        run_program({"ffprobe", "-v", "error", "-f", "lavfi", "-i",
                     "movie=" + path(name).string() + ",signalstats", "-show_entries",
                     "frame=pts_time:frame_tags=lavfi.signalstats.YAVG", "-of", "csv=p=0"});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    std::vector<double> times;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      const auto comma = line.find(',');
      const double time = std::atof(line.c_str());
      const bool is_white = comma != std::string::npos && std::atof(line.c_str() + comma + 1) > 128;
      if (is_white && (times.empty() || time - times.back() > 0.1)) times.push_back(time);
    }
    return times;
  }
  /// When beeps begin, as a player plays them.
  std::vector<double> beeps(const std::string& name, int track = 0) const {
    const auto raw = path(name + ".raw");
    const auto result =
        run_program({"ffmpeg", "-v", "error", "-y", "-nostdin", "-i", path(name).string(), "-map",
                     "0:a:" + std::to_string(track), "-af", "aresample=48000:async=1:first_pts=0",
                     "-ac", "1", "-f", "s16le", raw.string()});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    const std::string bytes = read(name + ".raw");
    std::vector<std::int16_t> samples(bytes.size() / 2);
    std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
    std::vector<double> times;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (std::abs(samples[i]) < 3000) continue;
      times.push_back(static_cast<double>(i) / 48'000);
      i += 24'000;
    }
    std::filesystem::remove(raw);
    return times;
  }
};

}  // namespace subtide
