#include "engine/work/store/run_store.h"
#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr int kCommits = 12;

void write_work(RunStore& store) {
  for (int i = 1; i <= kCommits; ++i) {
    const auto number = static_cast<TaskId>(i);
    WorkBatch batch;
    batch.jobs = {make_job(fmt::format("job-{}", i))};
    batch.new_tasks = {make_task(number, batch.jobs[0].id)};
    batch.events = {make_event(number, "task.leased")};
    batch.deliveries = {{"relay", number}};
    ASSERT_TRUE(store.commit(batch).has_value());
  }
}

/// All that a store says, as one text.
std::string say_all(const RunStore& store) {
  std::string text;
  const OpenWork work = store.load().value();
  for (const JobRecord& job : work.jobs) text += job.id + job.request + "\n";
  for (const auto& [task, progress] : work.tasks) {
    text += fmt::format("{} {} {} {} {} {}\n", task.id, task.job, task.payload,
                        task.span.begin.count(), to_string(progress.state), progress.reason);
  }
  const auto events = store.read_events(1, 1000);
  for (const LogRow& event : *events) {
    text += fmt::format("{} {} {} {}\n", event.row, event.name, event.sequence, event.json);
  }
  return text + std::to_string(store.delivered("relay").value());
}

class RunDamageTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "closed");
    {
      auto store = RunStore::open(folder_ / "closed");
      ASSERT_TRUE(store.has_value());
      write_work(*store);
      said_ = say_all(*store);
    }
    // A process that dies leaves its log behind.
    fs::create_directory(folder_ / "killed");
    Child child([this](const Say&) {
      auto store = RunStore::open(folder_ / "killed");
      write_work(*store);
      ::kill(::getpid(), SIGKILL);
    });
    ASSERT_TRUE(child.wait().was_killed);
    ASSERT_GT(fs::file_size(folder_ / "killed/work.db-wal"), 10'000U);
  }

  fs::path copy(std::string_view name) {
    const fs::path target = folder_ / "copy";
    fs::remove_all(target);
    fs::copy(folder_ / name, target);
    return target;
  }

  /// Refused in one line that names the file and the way out, or nothing is wrong with it.
  bool is_refused(const fs::path& folder) {
    const auto store = RunStore::open(folder);
    if (store) {
      EXPECT_EQ(say_all(*store), said_);
      return false;
    }
    const Error& error = store.error();
    EXPECT_TRUE(error.code == ErrorCode::kBadInput || error.code == ErrorCode::kUnsupported)
        << error.message;
    EXPECT_NE(error.message.find((folder / "work.db").string()), std::string::npos)
        << error.message;
    EXPECT_NE(error.message.find("move the run folder away"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
    return true;
  }

  TemporaryFolder folder_;
  std::string said_;
};

TEST_F(RunDamageTest, AKilledProcessLeavesEverythingThatWasAnswered) {
  EXPECT_FALSE(is_refused(copy("killed")));
}

TEST_F(RunDamageTest, RefusesALogThatLostItsEnd) {
  const fs::path target = copy("killed");
  const auto size = fs::file_size(target / "work.db-wal");
  fs::resize_file(target / "work.db-wal", size - 4096 - 24);
  EXPECT_TRUE(is_refused(target));
  EXPECT_TRUE(is_refused(target)) << "refused once, refused again";
}

TEST_F(RunDamageTest, RefusesALogThatIsGone) {
  const fs::path target = copy("killed");
  fs::remove(target / "work.db-wal");
  fs::remove(target / "work.db-shm");
  EXPECT_TRUE(is_refused(target));
}

TEST_F(RunDamageTest, RefusesADatabaseThatIsGoneOrEmpty) {
  fs::path target = copy("closed");
  fs::remove(target / "work.db");
  EXPECT_TRUE(is_refused(target));
  target = copy("closed");
  fs::resize_file(target / "work.db", 0);
  EXPECT_TRUE(is_refused(target));
}

TEST_F(RunDamageTest, RefusesAShortenedDatabase) {
  const auto size = fs::file_size(folder_ / "closed/work.db");
  for (const auto left : {size - 4096, size / 2, std::uintmax_t{4096}, std::uintmax_t{60}}) {
    const fs::path target = copy("closed");
    fs::resize_file(target / "work.db", left);
    EXPECT_TRUE(is_refused(target)) << left;
  }
}

TEST_F(RunDamageTest, RefusesAHundredFlippedBits) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const fs::path target = copy("closed");
    flip_bits(target / "work.db", 100, seed);
    EXPECT_TRUE(is_refused(target)) << "seed " << seed;
  }
}

TEST_F(RunDamageTest, ServesNoWrongValueForAnySingleFlippedBit) {
  int refused = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    const fs::path target = copy("closed");
    flip_bits(target / "work.db", 1, seed);
    if (is_refused(target)) ++refused;
  }
  EXPECT_GT(refused, 10);
}

TEST_F(RunDamageTest, ServesNoWrongValueForFlippedBitsInTheLog) {
  int refused = 0;
  for (unsigned seed = 1; seed <= 50; ++seed) {
    const fs::path target = copy("killed");
    flip_bits(target / "work.db-wal", 20, seed);
    if (is_refused(target)) ++refused;
  }
  EXPECT_GT(refused, 40);
}

TEST_F(RunDamageTest, ServesNoWrongValueForFlippedBitsInTheHeader) {
  for (int bit = 0; bit < 100 * 8; bit += 3) {
    const fs::path target = copy("closed");
    std::string bytes = read_bytes(target / "work.db");
    const auto at = static_cast<std::size_t>(bit / 8);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (bit % 8)));
    write_bytes(target / "work.db", bytes);
    is_refused(target);
  }
}

TEST_F(RunDamageTest, RefusesAFileThatIsNoDatabase) {
  const fs::path target = folder_ / "other";
  fs::create_directory(target);
  write_bytes(target / "work.db", std::string(20'000, '?'));
  EXPECT_TRUE(is_refused(target));
}

TEST_F(RunDamageTest, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  const fs::path target = folder_ / "foreign";
  fs::create_directory(target);
  run_sql(target / "work.db", "CREATE TABLE notes(text)");
  const std::string before = read_bytes(target / "work.db");
  EXPECT_TRUE(is_refused(target));
  EXPECT_EQ(read_bytes(target / "work.db"), before);
}

TEST_F(RunDamageTest, RefusesANewerVersion) {
  const fs::path target = copy("closed");
  run_sql(target / "work.db", "PRAGMA user_version=2");
  const auto store = RunStore::open(target);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(store.error().message.find("version 2"), std::string::npos);
}

TEST_F(RunDamageTest, RefusesRowsAndTablesThatWereChangedByHand) {
  for (const char* sql :
       {"UPDATE jobs SET request = 'x' WHERE id = 'job-3'", "UPDATE jobs SET state = 'gone'",
        "UPDATE tasks SET span_end = 5", "UPDATE progress SET attempts = 9",
        "DELETE FROM progress WHERE task = 4", "UPDATE events SET json = '' WHERE row = 2",
        "UPDATE deliveries SET row = 1", "ALTER TABLE jobs ADD COLUMN extra TEXT",
        "DROP TABLE deliveries", "UPDATE meta SET value = value - 1"}) {
    const fs::path target = copy("closed");
    run_sql(target / "work.db", sql);
    EXPECT_TRUE(is_refused(target)) << sql;
  }
}

}  // namespace
}  // namespace subtide
