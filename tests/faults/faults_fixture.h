#pragma once

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/app/program_fixture.h"
#include "tests/faults/invariants.h"

namespace subtide {

/// Whether the tests run at the size of the fault list, not of a quick look.
inline bool is_long_form() { return std::getenv("SUBTIDE_LONG") != nullptr; }

/// The program over a minute or two of talk with fake models, to be troubled while it works.
class FaultsTest : public ProgramTest {
 protected:
  void SetUp() override { make_talk_of(60); }

  /// "talk.wav": so many windows, 2.2 seconds each.
  void make_talk_of(int windows) const {
    std::vector<SoundPart> parts;
    for (int i = 0; i < windows; ++i) {
      parts.push_back({1.4, true});
      parts.push_back({0.8, false});
    }
    write_sound(path("talk.wav"), parts);
  }

  /// State in the test's own folder, so that runs find what others did.
  ProgramOptions with_state(const std::string& name = "state") const {
    ProgramOptions how = options();
    how.environment["SUBTIDE_STATE"] = path(name).string();
    return how;
  }

  /// With a library loaded before all others; sanitizers would refuse that.
  static void preload(ProgramOptions& how, const std::string& library) {
    const char* asan = std::getenv("ASAN_OPTIONS");
    how.environment["ASAN_OPTIONS"] =
        fmt::format("{}:verify_asan_link_order=0", asan == nullptr ? "" : asan);
    how.environment["LD_PRELOAD"] = library;
  }

  /// What does not hold of the runs that wrote to `state`; the last of them wrote `output`.
  std::vector<std::string> broken(const std::string& output, const std::string& undisturbed,
                                  const std::string& state = "state") const {
    return broken_invariants({path(state), path("x").parent_path(), path(output), undisturbed});
  }

  /// Windows of at most two seconds, each of which takes `delay` seconds.
  static Words talk(const std::string& output, const Words& more, double delay = 0.0,
                    const std::string& troubles = "") {
    Words words = {
        "subtitle",     "talk.wav",
        "--detector",   "fake:",
        "--recognizer", fmt::format(R"(fake:{{"max_window": 2, "delay": {}{}}})", delay, troubles),
        "--language",   "en",
        "--formats",    "json",
        "-o",           output,
        "--force"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// The processes of ours that work for the running engine `parent`.
  static std::vector<pid_t> workers_of(pid_t parent) {
    const auto listed = run_program({"pgrep", "-P", std::to_string(parent)});
    std::vector<pid_t> pids;
    std::istringstream lines(listed.out);
    for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
    return pids;
  }

  /// Not merely waiting to be buried.
  static bool is_running(pid_t pid) {
    const auto shown = run_program({"ps", "-o", "stat=", "-p", std::to_string(pid)});
    return !shown.out.empty() && shown.out.front() != 'Z';
  }

  Words command(const Words& words) const {
    Words all = {built_program("subtide").string()};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  /// What a run without faults writes.
  std::string undisturbed() const {
    const auto result = run(talk("plain", {}));
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return read("plain/talk.en.json");
  }

  static std::string without_model(std::string json) {
    const auto begin = json.find("\"models\"");
    const auto end = json.find("\"cues\"", begin);
    return begin == std::string::npos ? json : json.erase(begin, end - begin);
  }
};

}  // namespace subtide
