#include "tests/engine/work/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace subtide::work {
namespace {

constexpr std::uint64_t kFirstSeed = 20'260'101;

/// Whatever the chaos is meant to try, by the names of the tally.
const char* const kTried[] = {
    "task.leased",        "task.completed", "task.failed",   "task.dead",       "lease.expired",
    "worker.ready",       "worker.suspect", "worker.dead",   "worker.draining", "worker.stopped",
    "worker.quarantined", "worker_stalled", "worker_silent", "worker_crashed",  "drain_time",
    "lease_end",          "grant_lost",     "returned",      "poison",          "deadline",
    "cancelled",          "found_done",     "seek",          "no_worker",       "completed",
    "completed_degraded", "failed",         "finalize_time", "fenced",          "work.available",
};

void run_seeds(std::size_t seeds, std::size_t steps_each) {
  std::map<std::string, std::size_t> tally;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + seeds; ++seed) {
    WorkSimulation simulation(seed);
    simulation.run(steps_each);
    ASSERT_EQ(simulation.ledger().breach(), "")
        << "seed " << seed << ", step " << simulation.steps();
    const std::size_t chaos = simulation.steps();
    simulation.settle();
    ASSERT_EQ(simulation.ledger().breach(), "")
        << "seed " << seed << ", step " << simulation.steps();
    EXPECT_EQ(simulation.core().counts().jobs, 0U) << "seed " << seed << ": a job never ends";
    EXPECT_EQ(simulation.core().counts().tasks, 0U) << "seed " << seed;
    EXPECT_EQ(simulation.ledger().open_jobs(), 0U) << "seed " << seed;
    std::cout << "seed " << seed << ": " << chaos << " steps, then " << simulation.steps() - chaos
              << " to the end; " << simulation.ledger().tasks().size() << " tasks, "
              << simulation.ledger().jobs().size() << " jobs\n";
    for (const auto& [what, count] : simulation.tally()) tally[what] += count;
  }
  for (const char* what : kTried) EXPECT_GT(tally[what], 0U) << what << " never happened";
  if (std::getenv("SUBTIDE_TALLY") == nullptr) return;
  for (const auto& [what, count] : tally) std::cout << what << ": " << count << '\n';
}

TEST(Simulation, AMillionStepsBreakNothing) { run_seeds(10, 100'000); }

TEST(Simulation, TenMillionStepsBreakNothing) {
  if (std::getenv("SUBTIDE_LONG") == nullptr) {
    GTEST_SKIP() << "takes a minute or two: run it with SUBTIDE_LONG=1";
  }
  run_seeds(100, 100'000);
}

TEST(Simulation, TheSameSeedGivesTheSameRun) {
  WorkSimulation one(5);
  WorkSimulation two(5);
  one.run(20'000);
  two.run(20'000);
  EXPECT_EQ(one.tally(), two.tally());
  WorkSimulation other(6);
  other.run(20'000);
  EXPECT_NE(one.tally(), other.tally());
}

}  // namespace
}  // namespace subtide::work
