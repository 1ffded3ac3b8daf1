#include "engine/work/store/run_store.h"

#include <sched.h>
#include <sys/mount.h>

#include <chrono>
#include <iostream>

#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

RunStore open_store(const std::filesystem::path& folder) {
  auto store = RunStore::open(folder);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
  return std::move(*store);
}

WorkBatch first_batch() {
  WorkBatch batch;
  batch.jobs = {make_job("a"), make_job("b")};
  batch.new_tasks = {make_task(1, "a"), make_task(2, "b")};
  batch.events = {make_event(1, "job.accepted"), make_event(1, "task.leased"),
                  make_event(2, "job.accepted")};
  return batch;
}

TEST(RunStoreTest, GivesBackWhatWasCommitted) {
  const TemporaryFolder folder;
  {
    RunStore store = open_store(folder.path());
    EXPECT_EQ(store.commit(first_batch()).value(), 3U);
    WorkBatch second;
    TaskProgress leased{TaskState::kLeased, 3, 2, "worker-1", WorkTime(123), "because"};
    second.changes = {{1, leased}};
    EXPECT_EQ(store.commit(second).value(), 0U);
  }
  RunStore store = open_store(folder.path());
  const OpenWork work = store.load().value();
  ASSERT_EQ(work.jobs.size(), 2U);
  EXPECT_EQ(work.jobs[0].id, "a");
  EXPECT_EQ(work.jobs[0].request, R"({"input":"talk.mp4"})");
  EXPECT_EQ(work.jobs[0].accepted_at, wall(100));
  ASSERT_EQ(work.tasks.size(), 2U);
  const auto& [task, progress] = work.tasks[0];
  EXPECT_EQ(task.job, "a");
  EXPECT_EQ(task.stage, "transcribe");
  EXPECT_EQ(task.model, "whisper:base.en");
  EXPECT_EQ(task.effect_key, key_of(1));
  EXPECT_EQ(task.payload, R"({"blob":"ab"})");
  EXPECT_EQ(task.span, (TimeSpan{MediaTime(1000), MediaTime(1999)}));
  EXPECT_EQ(task.urgency, Urgency::kLive);
  EXPECT_EQ(task.deadline, WorkTime::max());
  EXPECT_EQ(progress.state, TaskState::kLeased);
  EXPECT_EQ(progress.generation, 3U);
  EXPECT_EQ(progress.attempts, 2);
  EXPECT_EQ(progress.worker, "worker-1");
  EXPECT_EQ(progress.until, WorkTime(123));
  EXPECT_EQ(progress.reason, "because");
  EXPECT_EQ(work.last_task, 2U);
  EXPECT_EQ(work.last_event, 3U);
}

TEST(RunStoreTest, LoadsOnlyJobsThatAreOpenAndTheirTasks) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  ASSERT_TRUE(store.commit(first_batch()).has_value());
  WorkBatch ended;
  ended.jobs = {make_job("a", JobState::kCompletedDegraded)};
  ASSERT_TRUE(store.commit(ended).has_value());
  const OpenWork work = store.load().value();
  ASSERT_EQ(work.jobs.size(), 1U);
  EXPECT_EQ(work.jobs[0].id, "b");
  ASSERT_EQ(work.tasks.size(), 1U);
  EXPECT_EQ(work.tasks[0].task.id, 2U);
  EXPECT_EQ(work.last_task, 2U);
}

TEST(RunStoreTest, KnowsEveryStateByItsName) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  WorkBatch batch;
  batch.jobs = {make_job("a")};
  for (TaskId id = 1; id <= 6; ++id) {
    batch.new_tasks.push_back(make_task(id, "a"));
    batch.new_tasks.back().progress.state = static_cast<TaskState>(id - 1);
  }
  for (int state = 0; state <= static_cast<int>(JobState::kCancelled); ++state) {
    batch.jobs.push_back(make_job(fmt::format("job-{}", state), static_cast<JobState>(state)));
  }
  ASSERT_TRUE(store.commit(batch).has_value());
  const OpenWork work = store.load().value();
  ASSERT_EQ(work.tasks.size(), 6U);
  for (TaskId id = 1; id <= 6; ++id) {
    EXPECT_EQ(work.tasks[id - 1].progress.state, static_cast<TaskState>(id - 1));
  }
  for (const JobRecord& job : work.jobs) EXPECT_FALSE(is_terminal(job.state)) << job.id;
  EXPECT_EQ(work.jobs.size(), 1U + 5U);
}

TEST(RunStoreTest, ReadsTheLogFromAnyRow) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  ASSERT_TRUE(store.commit(first_batch()).has_value());
  const auto events = store.read_events(2, 10).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].row, 2U);
  EXPECT_EQ(events[0].name, "task.leased");
  EXPECT_EQ(events[0].family, "task");
  EXPECT_EQ(events[0].source, "/node/a/engine/1");
  EXPECT_EQ(events[0].subject, "job/a");
  EXPECT_EQ(events[0].json, R"({"data":"é"})");
  EXPECT_EQ(events[0].time, wall(200));
  EXPECT_EQ(events[1].sequence, 2U);
  EXPECT_EQ(store.read_events(1, 1).value().size(), 1U);
  EXPECT_TRUE(store.read_events(4, 10).value().empty());
}

TEST(RunStoreTest, KeepsACursorForEachConsumer) {
  const TemporaryFolder folder;
  {
    RunStore store = open_store(folder.path());
    WorkBatch batch = first_batch();
    batch.deliveries = {{"relay", 1}};
    ASSERT_TRUE(store.commit(batch).has_value());
    WorkBatch next;
    next.deliveries = {{"relay", 3}, {"webhook", 2}};
    ASSERT_TRUE(store.commit(next).has_value());
  }
  const RunStore store = open_store(folder.path());
  EXPECT_EQ(store.delivered("relay").value(), 3U);
  EXPECT_EQ(store.delivered("webhook").value(), 2U);
  EXPECT_EQ(store.delivered("nobody").value(), 0U);
}

TEST(RunStoreTest, WritesAllOfABatchOrNothing) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  WorkBatch batch = first_batch();
  batch.changes = {{99, {}}};
  const auto unknown = store.commit(batch);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().message.find("task 99"), std::string::npos);
  EXPECT_TRUE(store.load().value().jobs.empty());
  EXPECT_TRUE(store.read_events(1, 10).value().empty());
  EXPECT_EQ(store.commit(first_batch()).value(), 3U);
}

TEST(RunStoreTest, RefusesATaskWithoutItsJobAndAnEventTwice) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  WorkBatch orphan;
  orphan.new_tasks = {make_task(1, "nobody")};
  EXPECT_EQ(store.commit(orphan).error().code, ErrorCode::kInvalidArgument);
  WorkBatch twice;
  twice.events = {make_event(5, "task.leased"), make_event(5, "task.leased")};
  EXPECT_EQ(store.commit(twice).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store.read_events(1, 10).value().empty());
}

TEST(RunStoreTest, RefusesASecondEngineAndNamesTheFirst) {
  const TemporaryFolder folder;
  {
    const RunStore first = open_store(folder.path());
    const auto second = RunStore::open(folder.path());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
    EXPECT_NE(second.error().message.find(fmt::format("process {}", ::getpid())), std::string::npos)
        << second.error().message;
    Child other([&](const Say& say) {
      const auto store = RunStore::open(folder.path());
      say(store ? "opened" : std::string(to_string(store.error().code)));
    });
    EXPECT_EQ(other.wait().lines, std::vector<std::string>{"already_exists"});
  }
  EXPECT_TRUE(RunStore::open(folder.path()).has_value());
}

TEST(RunStoreTest, NamesAFolderThatIsMissing) {
  const TemporaryFolder folder;
  const auto store = RunStore::open(folder / "none");
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
  EXPECT_NE(store.error().message.find("none"), std::string::npos);
}

/// Commits jobs until it fails; returns how many went in, or nothing when the error is another one.
std::optional<int> fill_up(RunStore& store, int first) {
  for (int i = 0; i < 10'000; ++i) {
    WorkBatch batch;
    batch.jobs = {make_job(fmt::format("job-{}", first + i))};
    batch.jobs[0].request.assign(4000, 'x');
    const auto committed = store.commit(batch);
    if (committed) continue;
    if (committed.error().code == ErrorCode::kNoSpace) return i;
    return std::nullopt;
  }
  return std::nullopt;
}

TEST(RunStoreTest, OnlyWhatTheDiskRefusedMayPassLater) {
  EXPECT_TRUE(may_pass(ErrorCode::kNoSpace));
  EXPECT_TRUE(may_pass(ErrorCode::kIo));
  EXPECT_TRUE(may_pass(ErrorCode::kUnavailable));
  EXPECT_FALSE(may_pass(ErrorCode::kInvalidArgument));
  EXPECT_FALSE(may_pass(ErrorCode::kBadInput));
}

TEST(RunStoreTest, AFullFileLosesNothingAndGoesOnWhenThereIsSpace) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  ASSERT_TRUE(store.commit(first_batch()).has_value());
  ASSERT_TRUE(store.limit_pages(60).has_value());
  const auto written = fill_up(store, 0);
  ASSERT_TRUE(written.has_value());
  EXPECT_GT(*written, 5);
  EXPECT_EQ(store.load().value().jobs.size(), 2U + static_cast<std::size_t>(*written));
  ASSERT_TRUE(store.limit_pages(1'000'000).has_value());
  WorkBatch batch;
  batch.jobs = {make_job("late")};
  EXPECT_TRUE(store.commit(batch).has_value());
  EXPECT_EQ(store.load().value().jobs.size(), 3U + static_cast<std::size_t>(*written));
}

/// In a mount namespace of its own, on a disk of a megabyte. Says what went wrong, or "good".
void fill_small_disk(const std::filesystem::path& folder, const Say& say) {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    return say("no mount");
  }
  auto store = RunStore::open(folder);
  if (!store) return say(store.error().message);
  write_bytes(folder / "ballast", std::string(300'000, 'b'));
  const auto written = fill_up(*store, 0);
  if (!written || *written < 5) return say("another error than no space");
  if (store->load().value().jobs.size() != static_cast<std::size_t>(*written)) {
    return say("the full store lost or invented a job");
  }
  std::filesystem::remove(folder / "ballast");
  const auto more = fill_up(*store, *written);
  if (!more || *more < 5) return say("did not go on when there was space");
  { const RunStore closing = std::move(*store); }
  auto again = RunStore::open(folder);
  if (!again) return say(again.error().message);
  const std::size_t found = again->load().value().jobs.size();
  say(found == static_cast<std::size_t>(*written + *more) ? "good" : "jobs are missing");
}

TEST(RunStoreTest, AFullDiskLosesNothingAndTheStoreGoesOnWhenThereIsSpace) {
  const TemporaryFolder folder;
  Child child([&](const Say& say) { fill_small_disk(folder.path(), say); });
  const ChildEnd end = child.wait();
  ASSERT_EQ(end.lines.size(), 1U);
  if (end.lines[0] == "no mount") GTEST_SKIP() << "a small disk needs the right to mount";
  EXPECT_EQ(end.lines[0], "good");
}

TEST(RunStoreTest, SaysHowFastItCommits) {
  const TemporaryFolder folder;
  RunStore store = open_store(folder.path());
  WorkBatch job;
  job.jobs = {make_job("a")};
  ASSERT_TRUE(store.commit(job).has_value());
  constexpr TaskId kGroup = 100;
  constexpr TaskId kGroups = 30;
  const auto begin = std::chrono::steady_clock::now();
  for (TaskId group = 0; group < kGroups; ++group) {
    WorkBatch batch;
    for (TaskId i = 1; i <= kGroup; ++i) {
      const TaskId id = group * kGroup + i;
      batch.new_tasks.push_back(make_task(id, "a"));
      batch.changes.push_back({id, {TaskState::kLeased, 1, 1, "w", WorkTime(5), ""}});
      batch.events.push_back(make_event(id, "task.leased"));
    }
    ASSERT_TRUE(store.commit(batch).has_value());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::cout << fmt::format("durable: {:.0f} tasks/s in groups of {}, {:.2f} ms a commit\n",
                           static_cast<double>(kGroups * kGroup) / taken.count(), kGroup,
                           1000 * taken.count() / static_cast<double>(kGroups));
  EXPECT_EQ(store.load().value().last_task, kGroups * kGroup);
}

}  // namespace
}  // namespace subtide
