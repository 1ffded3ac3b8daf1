// Stores that are full, damaged, or taken by somebody else.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "engine/work/store/effect_store.h"
#include "engine/work/store/run_store.h"
#include "tests/faults/faults_fixture.h"
#include "tests/faults/run_record.h"
#include "tests/support/small_disk.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kOutput = "out/talk.en.json";

class StoreFaults : public FaultsTest {
 protected:
  void SetUp() override {
    make_talk_of(24);
    plain_ = undisturbed();
  }

  std::string plain_;
};

TEST_F(StoreFaults, AFullOutputFolderIsToldLeavesNoPartOfAFileAndTheNextRunGoesOn) {
  const SmallDisk disk(path("out"), "256k");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  disk.fill();
  const auto full = run(talk("out", {"--workers", "2"}), with_state());
  EXPECT_EQ(full.exit_code, 1) << full.summary();
  EXPECT_THAT(full.err, HasSubstr("out/talk.en.json: No space left on device"));
  EXPECT_FALSE(exists(kOutput));
  EXPECT_THAT(full.err, Not(HasSubstr("Segmentation")));
  disk.make_room();
  const auto begun = std::chrono::steady_clock::now();
  const auto again = run(talk("out", {"--workers", "2"}), with_state());
  ASSERT_TRUE(again.succeeded()) << again.summary();
  EXPECT_THAT(again.err, ContainsRegex("[1-9][0-9]* of 24 results were there"));
  EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
  EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("output folder full: told; %.1f s after room was made the file was there\n",
              took.count());
}

TEST_F(StoreFaults, WorkWaitsForAFullStateFolderAndLosesNothing) {
  const SmallDisk disk(path("state"), "8m");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.15)), with_state());
  EXPECT_FALSE(program.ends_within(milliseconds(900)));
  disk.fill();
  EXPECT_FALSE(program.ends_within(milliseconds(6500))) << program.err();
  disk.make_room();
  const auto begun = std::chrono::steady_clock::now();
  const auto result = program.wait(milliseconds(60'000));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("no space left"));
  EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
  EXPECT_THAT(broken(kOutput, plain_), IsEmpty());
  EXPECT_LT(took.count(), 10.0 + 24 * 0.15);
  const auto runs = read_runs(path("state"));
  for (const char* name : {"store.low_space", "store.full"}) {
    EXPECT_EQ(std::ranges::count(runs.at(0).events, name, &RunRecord::Event::name), 1) << name;
  }
  std::printf("state folder full for 6.5 s: nothing lost, done %.1f s after room was made\n",
              took.count());
}

TEST_F(StoreFaults, AStateFolderThatStaysFullEndsTheRunWithTheReason) {
  const SmallDisk disk(path("state"), "8m");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  if (!is_long_form()) GTEST_SKIP() << "takes 40 s: run it with SUBTIDE_LONG=1";
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.15)), with_state());
  EXPECT_FALSE(program.ends_within(milliseconds(900)));
  disk.fill();
  const auto result = program.wait(milliseconds(60'000));
  EXPECT_EQ(result.exit_code, 1) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("no space left"));
  EXPECT_FALSE(exists(kOutput));
  disk.make_room();
  ASSERT_TRUE(run(talk("out", {"--workers", "2"}), with_state()).succeeded());
  EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
}

TEST_F(StoreFaults, WithoutWorkersAFullStateFolderIsToldOnceAndTheWorkGoesOn) {
  const SmallDisk disk(path("state"), "8m");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  RunningProgram program(command(talk("out", {}, 0.1)), with_state());
  EXPECT_FALSE(program.ends_within(milliseconds(700)));
  disk.fill();
  const auto result = program.wait(milliseconds(60'000));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(without_model(read(kOutput)), without_model(plain_));
  const std::string told = "results are not kept";
  const auto first = result.err.find(told);
  EXPECT_NE(first, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find(told, first + 1), std::string::npos) << result.err;
}

/// Damage to a copy of what a run left; the program is then run over it.
class DamageFaults : public FaultsTest {
 protected:
  void SetUp() override {
    make_talk_of(6);
    const auto first = run(talk("out", {"--workers", "2"}), with_state());
    ASSERT_TRUE(first.succeeded()) << first.summary();
    plain_ = without_model(read(kOutput));
  }

  void flip_bits(const fs::path& file, int count, std::mt19937& random) const {
    std::string bytes = *read_file(file, 64U << 20U);
    for (int i = 0; i < count; ++i) {
      const auto bit = std::uniform_int_distribution<std::size_t>(0, bytes.size() * 8 - 1)(random);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  fs::path copy_state() const {
    fs::remove_all(path("copy"));
    EXPECT_TRUE(run_program({"cp", "-a", path("state"), path("copy")}).succeeded());
    return path("copy");
  }

  /// Refused with the file's name and the way out, or done right: never wrong, never a crash.
  bool is_refused_in_words(const ProgramResult& result, const std::string& file) const {
    EXPECT_TRUE(result.exit_code) << result.summary();
    if (result.succeeded()) {
      EXPECT_EQ(without_model(read("again/talk.en.json")), plain_);
      return false;
    }
    EXPECT_THAT(result.err, AllOf(HasSubstr(file), HasSubstr("move"))) << result.summary();
    return true;
  }

  std::string plain_;
};

TEST_F(DamageFaults, AHundredFlippedBitsInTheSharedStoreAreFoundAndNoWrongTextIsServed) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const int rounds = is_long_form() ? 100 : 6;
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, round {}", seed, i + 1));
    flip_bits(copy_state() / "store/effects.db", i % 2 == 0 ? 100 : 1, random);
    const auto result = run(talk("again", {"--workers", "1"}), with_state("copy"));
    refused += is_refused_in_words(result, "effects.db") ? 1 : 0;
  }
  std::printf(
      "bits flipped in the shared store %d times: %d refused, the rest made again, seed %u\n",
      rounds, refused, seed);
}

TEST_F(DamageFaults, WithoutWorkersADamagedSharedStoreIsToldAndTheWorkIsDoneWithoutIt) {
  const fs::path state = copy_state();
  std::ofstream(state / "store/effects.db", std::ios::binary | std::ios::trunc)
      << std::string(20'000, '?');
  const auto result = run(talk("again", {}), with_state("copy"));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, AllOf(HasSubstr("effects.db"), HasSubstr("move it away")));
  EXPECT_EQ(without_model(read("again/talk.en.json")), plain_);
}

TEST_F(DamageFaults, ARunDatabaseThatWasDamagedIsRefusedByWhoeverOpensIt) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const fs::path state = copy_state();
  const fs::path folder = read_runs(state).front().folder;
  flip_bits(folder / "work.db", 100, random);
  const auto opened = RunStore::open(folder);
  ASSERT_FALSE(opened.has_value()) << "seed " << seed;
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr("work.db"), HasSubstr("move the run folder away")));
  // Another run beside it does not mind.
  ASSERT_TRUE(run(talk("again", {"--workers", "1"}), with_state("copy")).succeeded());
}

TEST_F(DamageFaults, AWriteAheadLogThatLostItsEndIsFoundOrItsLastResultsAreMadeAgain) {
  fs::remove_all(path("copy"));
  const auto slowly = [](const char* output) { return talk(output, {"--workers", "2"}, 1.0); };
  RunningProgram program(command(slowly("gone")), with_state("copy"));
  EXPECT_FALSE(program.ends_within(milliseconds(2200)));
  program.send_signal(SIGKILL);
  program.wait(milliseconds(5000));
  int shortened = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path("copy"))) {
    const auto size = entry.is_regular_file() ? entry.file_size() : 0;
    if (!entry.path().string().ends_with("-wal") || size < 8192) continue;
    // More than the commit that was under way: nobody was told of that one.
    fs::resize_file(entry.path(), size / 2 + 100);
    ++shortened;
  }
  EXPECT_EQ(shortened, 2) << "the run's and the store's";
  const auto runs = [&] {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(path("copy/runs"))) folders.push_back(entry);
    return folders;
  }();
  ASSERT_EQ(runs.size(), 1U);
  const auto opened = RunStore::open(runs[0]);
  ASSERT_FALSE(opened.has_value()) << "facts are missing, and nobody noticed";
  EXPECT_THAT(opened.error().message, HasSubstr("work.db"));
  const auto again = run(slowly("again"), with_state("copy"));
  ASSERT_TRUE(again.succeeded()) << again.summary();
  EXPECT_EQ(without_model(read("again/talk.en.json")), plain_);
}

class SecondFaults : public FaultsTest {
 protected:
  void SetUp() override { make_talk_of(24); }

  /// The folder of the run that lives, once it can be found.
  fs::path living_run() const {
    for (int i = 0; i < 500; ++i) {
      std::error_code none;
      for (const auto& entry : fs::directory_iterator(path("state/runs"), none)) {
        if (fs::exists(entry.path() / "run.json")) return entry.path();
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    return {};
  }
};

TEST_F(SecondFaults, ASecondMediatorOnARunFolderIsRefusedByName) {
  RunningProgram program(command(talk("out", {"--workers", "1"}, 0.2)), with_state());
  const fs::path folder = living_run();
  ASSERT_FALSE(folder.empty()) << program.err();
  const auto second = RunStore::open(folder);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(second.error().message,
              AllOf(HasSubstr(folder.string()), HasSubstr(std::to_string(program.pid()))));
  const auto result = program.wait(milliseconds(60'000));
  EXPECT_TRUE(result.succeeded()) << result.summary();
}

}  // namespace
}  // namespace subtide
