// Kills a process at every fault point and looks at what it leaves.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/fault_point.h"
#include "engine/work/store/blob_store.h"
#include "engine/work/store/dead_letters.h"
#include "engine/work/store/input_identity.h"
#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// Writes through every write path twice and says what was answered.
class Workload {
 public:
  Workload(const fs::path& folder, Say say)
      : folder_(folder),
        say_(std::move(say)),
        run_(RunStore::open(folder / "run").value()),
        shared_(SharedDatabase::open(folder / "store").value()),
        effects_(EffectStore::create(shared_).value()),
        letters_(shared_),
        blobs_(BlobStore::open(folder / "store").value()),
        inputs_(shared_) {}

  void run() {
    for (std::size_t round = 1; round <= 2; ++round) {
      start_job(round);
      put_sound(round);
      put_effect(round);
      end_task(round);
      put_letter(round);
      identify(round);
      clean_up(round);
    }
  }

 private:
  template <typename Answer>
  void say(const Answer& answer, const std::string& line) {
    if (!answer) ::_exit(3);
    say_(line);
  }

  void start_job(std::size_t round) {
    WorkBatch batch;
    const std::string job = fmt::format("job-{}", round);
    batch.jobs = {make_job(job)};
    batch.new_tasks = {make_task(round, job)};
    batch.events = {make_event(round, "job.accepted"), make_event(round, "task.leased")};
    say(run_.commit(batch), fmt::format("accepted {}", round));
  }

  void end_task(std::size_t round) {
    WorkBatch batch;
    batch.changes = {{round, {TaskState::kDone, 1, 1, "w", WorkTime(0), ""}}};
    batch.events = {make_event(round + 100, "task.completed")};
    batch.deliveries = {{"relay", round}};
    say(run_.commit(batch), fmt::format("done {}", round));
  }

  void put_sound(std::size_t round) {
    const std::vector<std::int16_t> samples(500 + round, 7);
    const auto key = blobs_.put_audio(*AudioWindow::create(samples, {{0, MediaTime(0)}}).value());
    say(key, fmt::format("sound {}", round));
  }

  void put_effect(std::size_t round) {
    say(effects_.put(make_effect(round, fmt::format("result {}", round))),
        fmt::format("effect {}", round));
  }

  void put_letter(std::size_t round) {
    DeadLetter letter;
    letter.id = fmt::format("letter-{}", round);
    say(letters_.put(letter), fmt::format("letter {}", round));
  }

  void identify(std::size_t round) {
    const fs::path input = folder_ / fmt::format("input-{}", round);
    write_bytes(input, "abc");
    const timespec both[2] = {{1000, 0}, {1000, 0}};
    ::utimensat(AT_FDCWD, input.c_str(), both, 0);
    say(inputs_.identify(input, wall(2000)), fmt::format("input {}", round));
  }

  /// What is removed was never answered for: other keys than those above.
  void clean_up(std::size_t round) {
    Effect old = make_effect(50 + round);
    old.job = "old";
    (void)effects_.put(old);
    say(effects_.forget(EffectStore::Field::kJob, "old"), fmt::format("forgot {}", round));
    const std::vector<std::int16_t> samples(90 + round, 9);
    (void)blobs_.put_audio(*AudioWindow::create(samples, {{0, MediaTime(0)}}).value());
    const auto is_needed = [&](std::string_view key) { return key != audio_key(samples); };
    say(blobs_.remove_unreferenced(is_needed, WallTime::max()), fmt::format("removed {}", round));
  }

  fs::path folder_;
  Say say_;
  RunStore run_;
  std::shared_ptr<SharedDatabase> shared_;
  EffectStore effects_;
  DeadLetters letters_;
  BlobStore blobs_;
  InputIdentities inputs_;
};

/// State and events tell the same story, whatever was cut off.
void check_run(const fs::path& folder, const std::set<std::string>& answered) {
  const auto run = RunStore::open(folder / "run");
  ASSERT_TRUE(run.has_value()) << run.error().message;
  const OpenWork work = run->load().value();
  const auto events = run->read_events(1, 100).value();
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].row, i + 1) << "a hole in the log";
    ++counts[events[i].name];
  }
  EXPECT_EQ(counts["job.accepted"], work.jobs.size());
  EXPECT_EQ(counts["task.leased"], work.tasks.size());
  const auto done = std::count_if(work.tasks.begin(), work.tasks.end(), [](const TaskRecord& task) {
    return task.progress.state == TaskState::kDone;
  });
  EXPECT_EQ(counts["task.completed"], static_cast<std::size_t>(done));
  EXPECT_EQ(run->delivered("relay").value(), static_cast<EventRow>(done));
  for (std::size_t round = 1; round <= 2; ++round) {
    if (answered.contains(fmt::format("accepted {}", round))) {
      EXPECT_GE(work.jobs.size(), round);
    }
    if (answered.contains(fmt::format("done {}", round))) {
      EXPECT_GE(done, static_cast<std::ptrdiff_t>(round));
    }
  }
}

void check_store(const fs::path& folder, const std::set<std::string>& answered) {
  const auto shared = SharedDatabase::open(folder / "store");
  ASSERT_TRUE(shared.has_value()) << shared.error().message;
  EffectStore effects = EffectStore::create(*shared).value();
  BlobStore blobs = BlobStore::open(folder / "store").value();
  InputIdentities inputs(*shared);
  for (std::size_t round = 1; round <= 2; ++round) {
    const auto effect = effects.find(key_of(round)).value();
    if (answered.contains(fmt::format("effect {}", round))) {
      ASSERT_TRUE(effect.has_value());
    }
    if (effect) {
      EXPECT_EQ(effect->json, fmt::format("result {}", round));
    }
    const std::vector<std::int16_t> samples(500 + round, 7);
    const auto sound = blobs.get_audio(audio_key(samples));
    if (answered.contains(fmt::format("sound {}", round))) {
      ASSERT_TRUE(sound.has_value());
    }
    if (sound) {
      EXPECT_EQ(*sound, samples);
    }
    if (!sound) {
      EXPECT_EQ(sound.error().code, ErrorCode::kNotFound) << sound.error().message;
    }
    if (answered.contains(fmt::format("letter {}", round))) {
      EXPECT_TRUE(DeadLetters(*shared).get(fmt::format("letter-{}", round)).has_value());
    }
    if (answered.contains(fmt::format("input {}", round))) {
      const fs::path input = folder / fmt::format("input-{}", round);
      EXPECT_TRUE(inputs.identify(input, wall(2000)).value().was_known);
    }
  }
  EXPECT_EQ(effects.damaged(), 0U);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "store/blobs")) {
    if (entry.is_regular_file()) {
      EXPECT_EQ(entry.path().extension(), ".flac") << entry.path();
    }
  }
}

/// The points of this folder come first; those of the rest of the engine: tests/faults.
std::vector<FaultPoint> store_points() {
  std::vector<FaultPoint> points;
  for (const FaultPoint point : all_fault_points()) {
    if (point <= FaultPoint::kInputKept) points.push_back(point);
  }
  return points;
}

class KillTest : public testing::TestWithParam<FaultPoint> {};

TEST_P(KillTest, LosesNothingThatWasAnswered) {
  for (int pass = 1; pass <= 2; ++pass) {
    SCOPED_TRACE(fmt::format("{}:{}", to_string(GetParam()), pass));
    const TemporaryFolder folder;
    fs::create_directory(folder / "run");
    Child child([&](const Say& say) {
      if (!arm_fault_point(fmt::format("{}:{}", to_string(GetParam()), pass))) ::_exit(2);
      Workload(folder.path(), say).run();
    });
    const ChildEnd end = child.wait();
    ASSERT_TRUE(end.was_killed) << "the point was not reached; exit " << end.exit_status;
    const std::set<std::string> answered(end.lines.begin(), end.lines.end());
    check_run(folder.path(), answered);
    check_store(folder.path(), answered);
    // What was cut off can be done again from the start, on top of what is there.
    auto run = RunStore::open(folder / "run");
    ASSERT_TRUE(run.has_value());
    WorkBatch batch;
    batch.jobs = {make_job("job-1")};
    EXPECT_TRUE(run->commit(batch).has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, KillTest, testing::ValuesIn(store_points()),
                         [](const auto& tested) {
                           std::string name(to_string(tested.param));
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(WorkloadTest, AnswersEverythingWhenNothingKillsIt) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  Child child([&](const Say& say) { Workload(folder.path(), say).run(); });
  const ChildEnd end = child.wait();
  EXPECT_EQ(end.exit_status, 0);
  EXPECT_EQ(end.lines.size(), 16U);
  const std::set<std::string> answered(end.lines.begin(), end.lines.end());
  check_run(folder.path(), answered);
  check_store(folder.path(), answered);
}

}  // namespace
}  // namespace subtide
