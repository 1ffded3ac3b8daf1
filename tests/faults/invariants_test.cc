// The checker itself: each broken invariant is seen, and nothing else.
#include "tests/faults/invariants.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/run_store.h"
#include "engine/work/store/sha256.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A state folder as one good run leaves it, to be doctored.
class InvariantsTest : public testing::Test {
 protected:
  void SetUp() override {
    sidecar_ = write_sidecar(SidecarFormat::kJson, {}, {cue(1, 2, 4), cue(2, 5, 7)},
                             {MediaDuration(seconds(10)), {}});
    fs::create_directories(left_.state / "runs/r1");
    write_output(sidecar_);
    auto run = RunStore::open(left_.state / "runs/r1");
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_TRUE(run->commit(good_run()));
    auto effects = EffectStore::create(SharedDatabase::open(left_.state / "store").value());
    ASSERT_TRUE(effects->put(Effect{"key", "transcribe", "fake:", "r1-1", "", "{}", {}}));
  }

  static Cue cue(int number, int begin, int end) {
    Cue cue;
    cue.id = std::to_string(number);
    cue.span = {seconds(begin), seconds(end)};
    cue.lines = {fmt::format("cue {}", number)};
    cue.language = "en";
    return cue;
  }

  void write_output(const std::string& text) const {
    const Status written =
        write_file_atomically(left_.output, text, AtomicFile::IfExists::kReplace);
    ASSERT_TRUE(written) << written.error().message;
  }

  /// Other cues than were told, their hash told anew: only what is in the file is wrong.
  void retell_output(const std::string& text) {
    write_output(text);
    Sha256 sum;
    sum.add(text);
    doctor(
        fmt::format("UPDATE events SET json = json_set(json, '$.data.sha256', '{}') "
                    "WHERE name = 'output.finished'",
                    sum.finish()));
  }

  static LogRow event(std::uint64_t sequence, const std::string& name, const std::string& data) {
    const std::string json = fmt::format(R"({{"data":{}}})", data);
    return {
        0, "/node/a/subtitle/r1", name.substr(0, name.find('.')), sequence, name, "job/r1-1", json,
        {}};
  }

  WorkBatch good_run() const {
    Sha256 sum;
    sum.add(sidecar_);
    const std::string path = R"({"path":"talk.en.json","sha256":")" + sum.finish() + R"("})";
    WorkBatch batch;
    batch.jobs = {{"r1-1", JobState::kCompleted, "{}", "", {}}};
    TaskRecord task;
    task.task.id = 1;
    task.task.job = "r1-1";
    task.progress.state = TaskState::kDone;
    batch.new_tasks = {task};
    batch.events = {event(1, "job.accepted", R"({"input":"talk.wav"})"),
                    event(1, "task.completed", R"({"effect_key":"key"})"),
                    event(1, "output.finished", path),
                    event(2, "job.completed", R"({"input":"talk.wav"})")};
    return batch;
  }

  void doctor(const std::string& sql, const char* file = "runs/r1/work.db") const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((left_.state / file).c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  std::vector<std::string> found() {
    left_.undisturbed = sidecar_;
    return broken_invariants(left_);
  }

  const TemporaryFolder folder_;
  LeftBehind left_{folder_ / "state", folder_.path(), folder_ / "talk.en.json", ""};
  std::string sidecar_;
};

TEST_F(InvariantsTest, AGoodRunBreaksNone) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(InvariantsTest, SeesAFolderWithoutAnyRun) {
  fs::remove_all(left_.state / "runs");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("no run")));
}

TEST_F(InvariantsTest, SeesAnAcceptedJobWithoutAnEnd) {
  doctor("DELETE FROM events WHERE name = 'job.completed'");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("the job for talk.wav that run r1 accepted has no")));
}

TEST_F(InvariantsTest, SeesAJobThatIsNotTerminal) {
  doctor("UPDATE jobs SET state = 'finalizing'");
  EXPECT_THAT(found(), ElementsAre("job r1-1 of the last run is finalizing"));
}

TEST_F(InvariantsTest, SeesATaskThatIsNotTerminal) {
  doctor("UPDATE progress SET state = 'retry_wait'");
  EXPECT_THAT(found(), ElementsAre("task 1 of the last run is retry_wait"));
}

TEST_F(InvariantsTest, SeesAResultThatCountedTwice) {
  doctor(
      "INSERT INTO events SELECT 5, source, family, 2, name, subject, json, time, sum "
      "FROM events WHERE name = 'task.completed'");
  EXPECT_THAT(found(), ElementsAre("run r1: effect key was completed 2 times"));
}

TEST_F(InvariantsTest, SeesTwoResultsUnderOneKey) {
  doctor(
      "CREATE TABLE twice AS SELECT * FROM effects; INSERT INTO twice SELECT * FROM effects;"
      "DROP TABLE effects; ALTER TABLE twice RENAME TO effects",
      "store/effects.db");
  EXPECT_THAT(found(), ElementsAre("effect key has 2 results"));
}

TEST_F(InvariantsTest, SeesAHoleInASequenceAndInTheLog) {
  doctor("UPDATE events SET sequence = 3 WHERE name = 'job.completed'");
  EXPECT_THAT(found(), ElementsAre("run r1: job.completed 3 follows 1 of family job"));
  doctor("UPDATE events SET sequence = 2, row = 6 WHERE name = 'job.completed'");
  EXPECT_THAT(found(), ElementsAre("run r1: row 4 of the log is missing"));
}

TEST_F(InvariantsTest, SeesCuesThatOverlapOrLeaveTheMedia) {
  const SidecarFooter footer{MediaDuration(seconds(10)), {}};
  sidecar_ = write_sidecar(SidecarFormat::kJson, {}, {cue(1, 2, 6), cue(2, 5, 7)}, footer);
  retell_output(sidecar_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("cue 2 begins before the last ended")));
  sidecar_ = write_sidecar(SidecarFormat::kJson, {}, {cue(1, 2, 4), cue(2, 5, 12)}, footer);
  retell_output(sidecar_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("ends after the media")));
}

TEST_F(InvariantsTest, SeesAFileThatIsMissingOrChanged) {
  fs::rename(left_.output, folder_ / "elsewhere.json");
  left_.output = folder_ / "elsewhere.json";
  EXPECT_THAT(found(), ElementsAre(HasSubstr("told is not there")));
  left_.output = folder_ / "talk.en.json";
  write_output(sidecar_ + "\n");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("another hash")));
}

TEST_F(InvariantsTest, SeesATemporaryFile) {
  std::ofstream(folder_ / ".talk.en.json.7.partial") << "half";
  EXPECT_THAT(found(), testing::Each(HasSubstr("temporary file")));
  EXPECT_FALSE(found().empty());
}

TEST_F(InvariantsTest, SeesAWorkerThatLivesOn) {
  // One that stops itself: a child of the shell would carry its command line until it has its own.
  const RunningProgram worker({"sh", "-c", "kill -STOP $$", left_.state.string(), "worker"});
  EXPECT_THAT(found(), ElementsAre(HasSubstr("lives on")));
}

TEST_F(InvariantsTest, SeesLostAndForeignCuesButForThoseNearAGap) {
  const std::string undisturbed = sidecar_;
  const SidecarFooter whole{MediaDuration(seconds(10)), {}};
  retell_output(write_sidecar(SidecarFormat::kJson, {}, {cue(1, 2, 4), cue(3, 8, 9)}, whole));
  EXPECT_THAT(found(), ElementsAre(HasSubstr("at 5.000 s is lost"),
                                   HasSubstr("at 8.000 s is none of the undisturbed")));
  const SidecarFooter told{MediaDuration(seconds(10)), {{{seconds(5), seconds(9)}, "failed"}}};
  retell_output(write_sidecar(SidecarFormat::kJson, {}, {cue(1, 2, 4)}, told));
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace subtide
