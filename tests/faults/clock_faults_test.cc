// The wall clock jumps while the engine works: leases, cues and order do not care.
#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/faults/faults_fixture.h"
#include "tests/faults/run_record.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr std::int64_t kHour = 3'600'000'000'000;

class ClockFaults : public FaultsTest {
 protected:
  void SetUp() override {
    if (library().empty()) {
      ASSERT_FALSE(missing_is_failure()) << "libfaketime is missing: apt-get install libfaketime";
      GTEST_SKIP() << "libfaketime is missing: apt-get install libfaketime";
    }
    make_talk_of(24);
  }

  /// In the folder of this machine's kind.
  static std::string library() {
    for (const auto& entry : fs::directory_iterator("/usr/lib")) {
      const fs::path path = entry.path() / "faketime/libfaketimeMT.so.1";
      if (fs::exists(path)) return path;
    }
    return "";
  }

  /// Sets what the wall clock of the program and its workers adds to the true time.
  void set_clock(const std::string& offset) const {
    const fs::path next = path("clock.next");
    std::ofstream(next) << offset << "\n";
    fs::rename(next, path("clock"));
  }

  ProgramOptions with_clock() const {
    ProgramOptions how = with_state();
    preload(how, library());
    how.environment["FAKETIME_TIMESTAMP_FILE"] = path("clock").string();
    how.environment["FAKETIME_NO_CACHE"] = "1";
    // Only the wall clock jumps; nothing can move the steady one.
    how.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    return how;
  }

  static std::size_t count(const RunRecord& run, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::count(run.events, name, &RunRecord::Event::name));
  }

  /// The largest steps of the wall clock from one event to the next, forward and back.
  static std::pair<std::int64_t, std::int64_t> jumps(const RunRecord& run) {
    std::int64_t forward = 0;
    std::int64_t back = 0;
    for (std::size_t i = 1; i < run.events.size(); ++i) {
      const std::int64_t step = run.events[i].time - run.events[i - 1].time;
      forward = std::max(forward, step);
      back = std::min(back, step);
    }
    return {forward, back};
  }
};

TEST_F(ClockFaults, AnHourForwardAndTwoBackChangeNeitherCuesNorLeases) {
  const std::string plain = undisturbed();
  set_clock("+0");
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.25)), with_clock());
  for (const char* offset : {"+3600", "-3600", "+0"}) {
    EXPECT_FALSE(program.ends_within(milliseconds(900)));
    set_clock(offset);
  }
  const auto result = program.wait(milliseconds(60'000));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(without_model(read("out/talk.en.json")), without_model(plain));
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());

  const auto runs = read_runs(path("state"));
  ASSERT_EQ(runs.size(), 1U);
  const auto [forward, back] = jumps(runs[0]);
  EXPECT_GT(forward, kHour * 9 / 10) << "the clock did not jump";
  EXPECT_LT(back, -kHour * 18 / 10) << "the clock did not jump";
  for (const char* name : {"lease.expired", "worker.suspect", "worker.dead", "task.failed"}) {
    EXPECT_EQ(count(runs[0], name), 0U) << name;
  }
  EXPECT_EQ(count(runs[0], "task.leased"), runs[0].tasks.size());
  std::printf("clock +1 h, -2 h, +1 h during %zu windows: no lease expired, same cues\n",
              runs[0].tasks.size());
}

}  // namespace
}  // namespace subtide
