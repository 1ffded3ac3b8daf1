#include "engine/base/child_program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ChildOrder shell(const std::string& script) { return {{"sh", "-c", script}, {}, 60s, 1U << 20U}; }

TEST(ChildProgram, GivesItsOutputErrorsAndEnd) {
  const auto good = run_child(shell("echo one; echo two >&2"));
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_TRUE(good->succeeded());
  EXPECT_EQ(good->output, "one\n");
  EXPECT_EQ(good->errors, "two\n");
  const auto bad = run_child(shell("echo first >&2; printf 'last\\n\\n' >&2; exit 3"));
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->exit_code, 3);
  EXPECT_EQ(bad->reason(), "last");
  EXPECT_EQ(run_child(shell("exit 4")).value().reason(), "exit 4");
  const auto killed = run_child(shell("kill -9 $$"));
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->signal, 9);
  EXPECT_FALSE(killed->succeeded());
  EXPECT_EQ(killed->reason(), "killed by signal 9");
}

TEST(ChildProgram, TakesArgumentsAsTheyAre) {
  const auto end = run_child({{"printf", "%s|", "a b", "$HOME;*", ""}, {}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "a b|$HOME;*||");
}

TEST(ChildProgram, ReadsNothingAndSeesOnlyTheDescriptorsNamed) {
  const TemporaryFolder folder;
  std::vector<int> descriptors;
  for (const char* name : {"a", "b"}) {
    std::ofstream(folder / name) << name << "!";
    descriptors.push_back(::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC));
  }
  auto order = shell("cat; pwd; cat " + child_path(1) + " " + child_path(0) +
                     "; test -e /proc/self/fd/5 || echo none");
  order.descriptors = descriptors;
  const auto end = run_child(order);
  for (const int descriptor : descriptors) ::close(descriptor);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "/\nb!a!none\n");
}

TEST(ChildProgram, KeepsALimitOfOutputButNotOfErrors) {
  auto order = shell("yes");
  order.most_output = 1000;
  EXPECT_EQ(run_child(order).error().code, ErrorCode::kBadInput);
  const auto noisy = run_child(shell("head -c 300000 /dev/zero >&2; head -c 1000 /dev/zero"));
  ASSERT_TRUE(noisy);
  EXPECT_EQ(noisy->errors.size(), 65536U);
  EXPECT_EQ(noisy->output.size(), 1000U);
}

/// A pipe of which only the test's children hold the writing end while they live.
class LifeLine {
 public:
  LifeLine() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  LifeLine(const LifeLine&) = delete;
  LifeLine& operator=(const LifeLine&) = delete;
  ~LifeLine() { ::close(ends_[0]); }
  int end() const { return ends_[1]; }
  bool all_are_gone() {
    ::close(ends_[1]);
    pollfd wait{ends_[0], POLLIN, 0};
    return ::poll(&wait, 1, 60'000) == 1;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(ChildProgram, IsKilledAtTheEndOfItsTimeWithAllItStarted) {
  LifeLine line;
  auto order = shell("sleep 1000 & sleep 1000");
  order.timeout = 200ms;
  order.descriptors = {line.end()};
  const auto end = run_child(order);
  EXPECT_EQ(end.error().code, ErrorCode::kDeadline);
  EXPECT_THAT(end.error().message, HasSubstr("sh took longer than 1 s"));
  EXPECT_TRUE(line.all_are_gone());
}

TEST(ChildProgram, LeavesNothingRunningBehindIt) {
  LifeLine line;
  auto order = shell("sleep 1000 & echo done");
  order.descriptors = {line.end()};
  const auto end = run_child(order);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->output, "done\n");
  EXPECT_TRUE(line.all_are_gone());
}

TEST(ChildProgram, IsKilledAtAStop) {
  std::stop_source stop;
  std::jthread stopper([&stop] { stop.request_stop(); });
  const auto end = run_child(shell("sleep 1000"), stop.get_token());
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(run_child(shell("sleep 1000"), stop.get_token()).error().code, ErrorCode::kUnavailable);
}

TEST(ChildProgram, OneThatIsNotInstalledIsNotFound) {
  EXPECT_EQ(run_child({{"no-such-program"}, {}}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace subtide
