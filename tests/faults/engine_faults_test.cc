// The engine ends in the middle, with kill -9: at every point that is named, and at any moment.
#include <set>

#include "engine/base/fault_point.h"
#include "tests/faults/faults_fixture.h"
#include "tests/faults/run_record.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kOutput = "out/talk.en.json";
constexpr const char* kOld = "what was there before";

/// Points that no ordinary run passes. The store's own kill tests pass them all.
const std::set<FaultPoint> kElsewhere = {
    FaultPoint::kEffectRemoving,  // subtide cache trim
    FaultPoint::kEffectRemoved,
    FaultPoint::kBlobRemoving,   // subtide cache trim, of sounds a day old
    FaultPoint::kLetterWritten,  // a window that was given up
    FaultPoint::kLetterCommitted,
};
const std::set<FaultPoint> kInWorkers = {FaultPoint::kLeaseTaken, FaultPoint::kWorkDone,
                                         FaultPoint::kAnswerSent};

std::vector<FaultPoint> ordinary_points() {
  std::vector<FaultPoint> points;
  for (const FaultPoint point : all_fault_points()) {
    if (!kElsewhere.contains(point) && !kInWorkers.contains(point)) points.push_back(point);
  }
  return points;
}

class EngineFaults : public FaultsTest {
 protected:
  void SetUp() override {
    make_talk_of(3);
    // Only the hash of a file that has been left alone is kept.
    fs::last_write_time(path("talk.wav"), fs::file_time_type::clock::now() - std::chrono::hours(1));
    plain_ = undisturbed();
  }

  /// Runs until the N-th pass of a point; false when the run ends before.
  bool is_killed_at(FaultPoint point, int pass) {
    fs::remove_all(path("state"));
    write(kOutput, kOld);
    ProgramOptions how = with_state();
    how.environment["SUBTIDE_FAULT_POINT"] = fmt::format("{}:{}", to_string(point), pass);
    const auto killed = run(talk("out", {"--workers", "2"}), how);
    EXPECT_THAT(read(kOutput), AnyOf(kOld, HasSubstr(R"("cues")"))) << "a torn file";
    EXPECT_TRUE(killed.signal == SIGKILL || killed.succeeded()) << killed.summary();
    return killed.signal == SIGKILL;
  }

  /// The same again, without faults: nothing may be missing.
  void expect_recovery() {
    const auto again = run(talk("out", {"--workers", "2"}), with_state());
    ASSERT_TRUE(again.succeeded()) << again.summary();
    EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
    EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
  }

  std::string plain_;
};

TEST_F(EngineFaults, MoreThanTwentyFivePointsLieOnTheWayOfAnOrdinaryRun) {
  EXPECT_GE(ordinary_points().size(), 25U);
  std::set<FaultPoint> all(kElsewhere);
  all.insert(kInWorkers.begin(), kInWorkers.end());
  for (const FaultPoint point : ordinary_points()) all.insert(point);
  EXPECT_EQ(all.size(), all_fault_points().size());
}

TEST_F(EngineFaults, KilledAtAnyNamedPointItGoesOnAsIfNothingHadBeen) {
  int kills = 0;
  for (const FaultPoint point : ordinary_points()) {
    const int most = is_long_form() ? 200 : 1;
    for (int pass = 1; pass <= most; pass += 1 + pass / 4) {
      SCOPED_TRACE(fmt::format("{}:{}", to_string(point), pass));
      const bool is_killed = is_killed_at(point, pass);
      if (pass == 1) {
        EXPECT_TRUE(is_killed) << "no ordinary run passes it";
      }
      if (!is_killed) break;
      ++kills;
      expect_recovery();
    }
  }
  std::printf("engine killed %d times at %zu named points, same output after each\n", kills,
              ordinary_points().size());
}

TEST_F(EngineFaults, AWorkerKilledAtAnyOfItsPointsCostsNothing) {
  for (const FaultPoint point : kInWorkers) {
    SCOPED_TRACE(std::string(to_string(point)));
    fs::remove_all(path("state"));
    fs::remove(path("mark"));
    ProgramOptions how = with_state();
    how.environment["SUBTIDE_FAULT_POINT"] = std::string(to_string(point));
    how.environment["SUBTIDE_FAULT_ONCE"] = path("mark").string();
    const auto result = run(talk("out", {"--workers", "2"}), how);
    ASSERT_TRUE(result.succeeded()) << result.summary();
    EXPECT_TRUE(exists("mark")) << "no worker was killed";
    EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
    EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
  }
}

TEST_F(EngineFaults, KilledAtAnyMomentItGoesOnAsIfNothingHadBeen) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const int kills = is_long_form() ? 50 : 6;
  int in_the_middle = 0;
  make_talk_of(12);
  plain_ = undisturbed();
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, kill {}", seed, i + 1));
    fs::remove_all(path("state"));
    write(kOutput, kOld);
    RunningProgram program(command(talk("out", {"--workers", "2"}, 0.05)), with_state());
    const auto moment = std::uniform_int_distribution(0, 1500)(random);
    in_the_middle += program.ends_within(milliseconds(moment)) ? 0 : 1;
    program.send_signal(SIGKILL);
    program.wait(milliseconds(5000));
    EXPECT_THAT(read(kOutput), AnyOf(kOld, HasSubstr(R"("cues")"))) << "a torn file";
    expect_recovery();
  }
  std::printf("engine killed at %d random moments, %d of them in the middle, seed %u\n", kills,
              in_the_middle, seed);
}

}  // namespace
}  // namespace subtide
