// A disk that errs, takes less than it was given, or forgets what was not flushed.
#include <algorithm>
#include <numeric>

#include "tests/faults/faults_fixture.h"
#include "tests/faults/lost_writes.h"
#include "tests/faults/run_record.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kOutput = "out/talk.en.json";
constexpr const char* kOld = "what was there before";

class DiskFaults : public FaultsTest {
 protected:
  void SetUp() override {
    make_talk_of(3);
    plain_ = undisturbed();
  }

  /// With the disk of disk_shim.cc under the test's folder.
  ProgramOptions with_disk(const std::string& fault) const {
    ProgramOptions how = with_state();
    preload(how, DISK_SHIM);
    how.environment["SUBTIDE_DISK_FOLDER"] = path("x").parent_path().string();
    how.environment["SUBTIDE_DISK_FAULT"] = fault;
    return how;
  }

  void start_afresh() const {
    fs::remove_all(path("state"));
    write(kOutput, kOld);
  }

  static Words work() { return talk("out", {"--workers", "2"}); }

  /// How often an ordinary run changes a file.
  int count_changes() const {
    start_afresh();
    ProgramOptions how = with_disk("");
    how.environment["SUBTIDE_DISK_COUNT"] = path("count").string();
    const auto result = run(work(), how);
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return std::stoi(read("count"));
  }

  /// Whatever the disk did: success is true, failure is told, and nothing is torn.
  void expect_honest(const ProgramResult& result) const {
    ASSERT_TRUE(result.exit_code) << result.summary();
    const std::string text = read(kOutput);
    EXPECT_THAT(text, AnyOf(kOld, HasSubstr(R"("footer")"), HasSubstr(R"("gaps")"))) << "torn";
    if (result.succeeded()) {
      EXPECT_EQ(without_model(text), without_model(plain_)) << "success that is none";
    } else {
      EXPECT_THAT(result.err, Not(IsEmpty())) << "failed without a word";
    }
  }

  void expect_recovery() const {
    const auto again = run(work(), with_state());
    ASSERT_TRUE(again.succeeded()) << again.summary();
    EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
    EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
  }

  std::string plain_;
};

TEST_F(DiskFaults, WritesThatTakeAFewBytesAtATimeChangeNothing) {
  start_afresh();
  const auto result = run(work(), with_disk("short"));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
  EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
}

TEST_F(DiskFaults, AnErrorAtAnyChangeOfAFileIsToldAndNothingIsTorn) {
  const int changes = count_changes();
  ASSERT_GT(changes, 50);
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  std::vector<int> sites(static_cast<std::size_t>(changes));
  std::iota(sites.begin(), sites.end(), 1);
  if (!is_long_form()) {
    std::ranges::shuffle(sites, random);
    sites.resize(20);
  }
  int failed = 0;
  for (const int site : sites) {
    SCOPED_TRACE(fmt::format("eio:{}, seed {}", site, seed));
    start_afresh();
    const auto result = run(work(), with_disk(fmt::format("eio:{}", site)));
    expect_honest(result);
    failed += result.succeeded() ? 0 : 1;
    expect_recovery();
  }
  std::printf("EIO at %zu of %d changes of files: %d runs failed and said so, seed %u\n",
              sites.size(), changes, failed, seed);
}

TEST_F(DiskFaults, AnAcceptedJobIsInTheLogAfterThePowerFailed) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const int kills = is_long_form() ? 100 : 6;
  int lost = 0;
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, kill {}", seed, i + 1));
    start_afresh();
    fs::remove(path("journal"));
    ProgramOptions how = with_disk("");
    how.environment["SUBTIDE_DISK_JOURNAL"] = path("journal").string();
    Words words = talk("out", {"--workers", "2", "--json"}, 0.05);
    RunningProgram program(command(words), how);
    while (program.out().find("job.accepted") == std::string::npos) {
      ASSERT_FALSE(program.ends_within(milliseconds(2)));
    }
    program.ends_within(milliseconds(std::uniform_int_distribution(0, 200)(random)));
    program.send_signal(SIGKILL);
    program.wait(milliseconds(5000));
    lost += lose_unflushed_writes(path("journal"));
    const auto runs = read_runs(path("state"));
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_GE(std::ranges::count(runs[0].events, "job.accepted", &RunRecord::Event::name), 1);
    expect_recovery();
  }
  std::printf("power lost %d times, %d writes with it: each accepted job is in the log, seed %u\n",
              kills, lost, seed);
}

TEST_F(DiskFaults, LosesWhatWasNotFlushedAndNothingElse) {
  write("kept", "new tail");
  write("lost", "new");
  write("fresh", "only in memory");
  const auto line = [&](const std::string& change, const char* file) {
    return change + " " + path(file).string() + "\n";
  };
  write("journal", line("old 0 8 x6f6c64", "kept") + line("flushed", "kept") +
                       line("old 0 5 x6f6c642e2e", "lost") + line("name", "fresh") +
                       line("old 1 3 x", "lost"));
  EXPECT_EQ(lose_unflushed_writes(path("journal")), 3);
  EXPECT_EQ(read("kept"), "new tail");
  EXPECT_EQ(read("lost"), "old..");
  EXPECT_FALSE(exists("fresh"));
}

}  // namespace
}  // namespace subtide
