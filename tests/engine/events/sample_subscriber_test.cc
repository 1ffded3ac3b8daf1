#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <sstream>

#include "tests/engine/events/bus_bench.h"
#include "tests/support/program.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_support;

/// A Python that has ZeroMQ: the one on PATH, else the system's own.
std::optional<std::string> python_with_zmq() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (!find_program(python) && !std::filesystem::exists(python)) continue;
    if (run_program({python, "-c", "import zmq"}).succeeded()) return python;
  }
  return std::nullopt;
}

std::string script() { return source_root() / "samples/events_subscriber/subscribe.py"; }

/// The lines that tell of facts.
std::vector<std::string> facts_in(const std::string& text) {
  std::vector<std::string> facts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("worker.heartbeat")) facts.push_back(line);
  }
  return facts;
}

TEST(SampleSubscriber, PrintsEveryEventOfTheBus) {
  const auto python = python_with_zmq();
  if (!python) SUBTIDE_SKIP_OR_FAIL("no Python with ZeroMQ; install python3-zmq");
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  RunningProgram sample({*python, script(), bus.endpoints.subscribe});
  // Until it is connected.
  for (int i = 0; i < 500 && sample.out().empty(); ++i) {
    speaker.say(WorkerHeartbeat{"probe", "ready", 0, 0, 0});
    ASSERT_FALSE(sample.ends_within(milliseconds(10))) << sample.err();
  }
  speaker.say(JobStarted{"talk.mp4"});
  speaker.say(JobProgress{});
  speaker.say(SpeechStarted{});
  speaker.say(JobCompleted{});
  for (int i = 0; i < 500 && facts_in(sample.out()).size() < 4; ++i) {
    ASSERT_FALSE(sample.ends_within(milliseconds(10))) << sample.err();
  }
  EXPECT_THAT(facts_in(sample.out()),
              ElementsAre("job.started job/7 00000000000000000001", "job.progress job/7 -",
                          "speech.started job/7 00000000000000000001",
                          "job.completed job/7 00000000000000000002"));
  EXPECT_THAT(sample.out(), HasSubstr("worker.heartbeat job/7 -"));
}

TEST(SampleSubscriber, SaysHowItIsUsed) {
  const auto python = python_with_zmq();
  if (!python) SUBTIDE_SKIP_OR_FAIL("no Python with ZeroMQ; install python3-zmq");
  const auto result = run_program({*python, script()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("subscribe.py ENDPOINT"));
}

}  // namespace
}  // namespace subtide
