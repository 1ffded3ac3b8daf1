#include "engine/work/link/process_supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <set>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

/// What the callbacks told, and waiting for it.
class Told {
 public:
  SupervisorOptions options(int count, std::vector<std::string> command) {
    SupervisorOptions made;
    made.count = count;
    made.command = std::move(command);
    made.on_start = [this](int /*slot*/, pid_t pid) { add(starts_, pid); };
    made.on_end = [this](const ProcessEnd& end) { add(ends_, end); };
    made.pauses = {0ms};
    return made;
  }
  std::vector<pid_t> starts(std::size_t count) { return wait(starts_, count); }
  std::vector<ProcessEnd> ends(std::size_t count) { return wait(ends_, count); }

 private:
  template <typename T>
  void add(std::vector<T>& list, const T& item) {
    const std::lock_guard lock(mutex_);
    list.push_back(item);
    changed_.notify_all();
  }
  template <typename T>
  std::vector<T> wait(std::vector<T>& list, std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return list.size() >= count; });
    return list;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<pid_t> starts_;
  std::vector<ProcessEnd> ends_;
};

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST(ProcessSupervisor, StartsAgainWhatWasKilled) {
  Told told;
  auto supervisor = ProcessSupervisor::start(told.options(2, {"sleep", "100"}));
  ASSERT_TRUE(supervisor) << supervisor.error().message;
  const auto first = told.starts(2);
  ASSERT_THAT(first, SizeIs(2));
  (*supervisor)->kill(first[0]);
  const auto ends = told.ends(1);
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].pid, first[0]);
  EXPECT_EQ(ends[0].slot, 0);
  EXPECT_EQ(ends[0].signal, SIGKILL);
  EXPECT_FALSE(ends[0].is_crash()) << "somebody else killed it";
  EXPECT_EQ(ends[0].text(), "killed by signal 9");
  const auto all = told.starts(3);
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_THAT((*supervisor)->pids(), testing::UnorderedElementsAre(all[1], all[2]));
}

TEST(ProcessSupervisor, TellsHowAProcessEnded) {
  Told told;
  auto supervisor = ProcessSupervisor::start(told.options(1, {"sh", "-c", "exit 3"}));
  ASSERT_TRUE(supervisor);
  const auto ends = told.ends(2);  // and again, and again
  ASSERT_GE(ends.size(), 2U);
  EXPECT_EQ(ends[1].exit_code, 3);
  EXPECT_TRUE(ends[1].is_crash());
  EXPECT_EQ(ends[1].text(), "exit 3");
}

TEST(ProcessSupervisor, WaitsLongerAfterEachFall) {
  Told told;
  auto options = told.options(1, {"false"});
  options.pauses = {0ms, 1h};
  auto supervisor = ProcessSupervisor::start(std::move(options));
  ASSERT_TRUE(supervisor);
  EXPECT_THAT(told.ends(2), SizeIs(2));  // the first, and the one started at once
  EXPECT_THAT((*supervisor)->pids(), SizeIs(0));
}

TEST(ProcessSupervisor, LeavesNoProcessBehindEvenOneThatDoesNotListen) {
  Told told;
  auto supervisor =
      ProcessSupervisor::start(told.options(1, {"sh", "-c", "trap '' TERM; while :; do :; done"}));
  ASSERT_TRUE(supervisor);
  const auto pid = told.starts(1).at(0);
  (*supervisor)->stop(50ms);
  EXPECT_FALSE(is_alive(pid));
  EXPECT_THAT((*supervisor)->pids(), SizeIs(0));
}

TEST(ProcessSupervisor, SaysWhenTheProgramIsNotThere) {
  Told told;
  const auto supervisor = ProcessSupervisor::start(told.options(1, {"/no/such/program"}));
  ASSERT_FALSE(supervisor);
  EXPECT_EQ(supervisor.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(supervisor.error().message, HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace subtide
