#include "engine/app/batch_book.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;

const BatchBook::Clock::time_point kStart{1h};

TEST(BatchBook, HandsJobsOutInTheirOrder) {
  BatchBook book;
  EXPECT_EQ(book.begin_next(kStart), std::nullopt);
  EXPECT_EQ(book.add(), 0U);
  EXPECT_EQ(book.add(), 1U);
  EXPECT_EQ(book.begin_next(kStart), 0U);
  EXPECT_EQ(book.begin_next(kStart), 1U);
  EXPECT_FALSE(book.has_waiting());
  EXPECT_EQ(book.running(), 2U);
  EXPECT_EQ(book.add(), 2U);
  EXPECT_EQ(book.begin_next(kStart), 2U);
}

TEST(BatchBook, CountsByEnding) {
  BatchBook book;
  for (int i = 0; i < 7; ++i) book.add();
  const std::vector<JobEnding> endings = {JobEnding::kDone, JobEnding::kSkipped, JobEnding::kFailed,
                                          JobEnding::kDone, JobEnding::kDegraded};
  for (const JobEnding ending : endings) book.end(*book.begin_next(kStart), ending, kStart);
  book.begin_next(kStart);
  const auto progress = book.progress(kStart);
  EXPECT_EQ(progress.count(JobEnding::kDone), 2U);
  EXPECT_EQ(progress.count(JobEnding::kSkipped), 1U);
  EXPECT_EQ(progress.count(JobEnding::kDegraded), 1U);
  EXPECT_EQ(progress.count(JobEnding::kFailed), 1U);
  EXPECT_EQ(progress.count(JobEnding::kStopped), 0U);
  EXPECT_EQ(progress.running, 1U);
  EXPECT_EQ(progress.waiting, 1U);
  EXPECT_EQ(progress.jobs(), 7U);
  EXPECT_EQ(book.ending(2), JobEnding::kFailed);
  EXPECT_EQ(book.ending(5), std::nullopt);
}

TEST(BatchBook, TellsMediaDoneSpeedAndTimeLeft) {
  BatchBook book;
  book.add(60s);
  book.add(40s);
  book.add(100s);
  EXPECT_EQ(book.progress(kStart).total, 200s);
  EXPECT_EQ(book.progress(kStart).speed, std::nullopt);
  EXPECT_EQ(book.progress(kStart).left, std::nullopt);
  book.begin_next(kStart);
  book.begin_next(kStart);
  book.set_worked(0, 30s);
  book.set_worked(1, 20s);
  book.set_worked(1, 10s);  // a late word changes nothing
  const auto half = book.progress(kStart + 10s);
  EXPECT_EQ(half.worked, 50s);
  EXPECT_EQ(half.total, 200s);
  EXPECT_FALSE(half.is_estimate);
  EXPECT_DOUBLE_EQ(half.speed.value(), 5);
  EXPECT_EQ(half.left, 30s);
  book.end(0, JobEnding::kDone, kStart + 20s);
  book.end(1, JobEnding::kDone, kStart + 20s);
  const auto later = book.progress(kStart + 20s);
  EXPECT_EQ(later.worked, 100s);
  EXPECT_EQ(later.left, 20s);
}

TEST(BatchBook, SkippedJobsCountInNoLengthAndFailedOnesAsFarAsTheyCame) {
  BatchBook book;
  book.add(1000s);
  book.add(50s);
  book.add(100s);
  book.end(*book.begin_next(kStart), JobEnding::kSkipped, kStart);
  book.begin_next(kStart);
  book.set_worked(1, 20s);
  book.end(1, JobEnding::kFailed, kStart + 10s);
  const auto progress = book.progress(kStart + 10s);
  EXPECT_EQ(progress.worked, 20s);
  EXPECT_EQ(progress.total, 120s);
  EXPECT_DOUBLE_EQ(progress.speed.value(), 2);
  EXPECT_EQ(progress.left, 50s);
}

TEST(BatchBook, LengthsThatAreNotKnownAreTakenForTheMeanOfTheOthers) {
  BatchBook book;
  book.add();
  book.add();
  book.add();
  EXPECT_EQ(book.progress(kStart).total, std::nullopt);
  book.begin_next(kStart);
  book.set_length(0, 30s);
  book.set_worked(0, 10s);
  auto progress = book.progress(kStart + 5s);
  EXPECT_TRUE(progress.is_estimate);
  EXPECT_EQ(progress.total, 90s);
  EXPECT_EQ(progress.left, 40s);
  book.set_length(1, 10s);
  progress = book.progress(kStart + 5s);
  EXPECT_EQ(progress.total, 60s);
  book.set_length(2, 50s);
  progress = book.progress(kStart + 5s);
  EXPECT_FALSE(progress.is_estimate);
  EXPECT_EQ(progress.total, 90s);
}

TEST(BatchBook, TimeInWhichNothingRunsDoesNotCount) {
  BatchBook book;
  book.add(10s);
  book.begin_next(kStart);
  book.end(0, JobEnding::kDone, kStart + 5s);
  EXPECT_DOUBLE_EQ(book.progress(kStart + 1h).speed.value(), 2);
  book.add(10s);
  book.begin_next(kStart + 1h);
  book.set_worked(1, 5s);
  EXPECT_DOUBLE_EQ(book.progress(kStart + 1h + 5s).speed.value(), 1.5);
}

TEST(BatchBook, AStopEndsThoseThatWait) {
  BatchBook book;
  book.add();
  book.add(10s);
  book.add();
  book.begin_next(kStart);
  book.stop_waiting();
  EXPECT_FALSE(book.has_waiting());
  EXPECT_EQ(book.ending(0), std::nullopt);
  EXPECT_EQ(book.ending(1), JobEnding::kStopped);
  EXPECT_EQ(book.begin_next(kStart), std::nullopt);
  book.end(0, JobEnding::kStopped, kStart);
  EXPECT_EQ(book.progress(kStart).count(JobEnding::kStopped), 3U);
}

TEST(JobEnding, HasANameForEach) {
  EXPECT_EQ(to_string(JobEnding::kDone), "done");
  EXPECT_EQ(to_string(JobEnding::kSkipped), "skipped");
  EXPECT_EQ(to_string(JobEnding::kDegraded), "degraded");
  EXPECT_EQ(to_string(JobEnding::kFailed), "failed");
  EXPECT_EQ(to_string(JobEnding::kStopped), "stopped");
}

}  // namespace
}  // namespace subtide
