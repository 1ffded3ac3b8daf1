#include "engine/work/store/dead_letters.h"

#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

DeadLetter make_letter(std::string id, std::int64_t seconds) {
  return {std::move(id),
          "job-a",
          "talk.mp4",
          "transcribe",
          "whisper",
          key_of(1),
          "crashed twice",
          4,
          {MediaTime(10), MediaTime(20)},
          key_of(2),
          R"({"language":"en"})",
          wall(seconds),
          std::nullopt};
}

class DeadLettersTest : public testing::Test {
 protected:
  static std::shared_ptr<SharedDatabase> open(const std::filesystem::path& folder) {
    auto database = SharedDatabase::open(folder);
    EXPECT_TRUE(database.has_value());
    return *database;
  }
  TemporaryFolder folder_;
  DeadLetters letters_{open(folder_.path())};
};

TEST_F(DeadLettersTest, GivesBackWhatWasPut) {
  EXPECT_TRUE(letters_.put(make_letter("a", 1)).value());
  const DeadLetter letter = DeadLetters(open(folder_.path())).get("a").value();
  EXPECT_EQ(letter.job, "job-a");
  EXPECT_EQ(letter.input, "talk.mp4");
  EXPECT_EQ(letter.stage, "transcribe");
  EXPECT_EQ(letter.model, "whisper");
  EXPECT_EQ(letter.effect_key, key_of(1));
  EXPECT_EQ(letter.reason, "crashed twice");
  EXPECT_EQ(letter.attempts, 4);
  EXPECT_EQ(letter.span, (TimeSpan{MediaTime(10), MediaTime(20)}));
  EXPECT_EQ(letter.blob, key_of(2));
  EXPECT_EQ(letter.payload, R"({"language":"en"})");
  EXPECT_EQ(letter.time, wall(1));
  EXPECT_FALSE(letter.retried_at.has_value());
}

TEST_F(DeadLettersTest, ListsTheWaitingOnesOldestFirst) {
  ASSERT_TRUE(letters_.put(make_letter("late", 9)).has_value());
  ASSERT_TRUE(letters_.put(make_letter("early", 2)).has_value());
  ASSERT_TRUE(letters_.put(make_letter("tried", 5)).has_value());
  DeadLetter other = make_letter("other", 7);
  other.job = "job-b";
  ASSERT_TRUE(letters_.put(other).has_value());
  ASSERT_TRUE(letters_.mark_retried("tried", wall(11)).has_value());
  const auto waiting = letters_.list(DeadLetters::Which::kWaiting, "job-a").value();
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting[0].id, "early");
  EXPECT_EQ(waiting[1].id, "late");
  const auto all = letters_.list(DeadLetters::Which::kAll).value();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].retried_at, wall(11));
}

TEST_F(DeadLettersTest, ASecondDeathReplacesOnlyALetterThatWasRetried) {
  DeadLetter letter = make_letter("a", 1);
  ASSERT_TRUE(letters_.put(letter).value());
  letter.reason = "again";
  EXPECT_FALSE(letters_.put(letter).value());
  EXPECT_EQ(letters_.get("a").value().reason, "crashed twice");
  ASSERT_TRUE(letters_.mark_retried("a", wall(3)).has_value());
  EXPECT_TRUE(letters_.put(letter).value());
  EXPECT_EQ(letters_.get("a").value().reason, "again");
  EXPECT_FALSE(letters_.get("a").value().retried_at.has_value());
}

TEST_F(DeadLettersTest, DiscardsAndNamesWhatIsNotThere) {
  ASSERT_TRUE(letters_.put(make_letter("a", 1)).has_value());
  EXPECT_TRUE(letters_.discard("a").has_value());
  for (const Error& error : {letters_.discard("a").error(), letters_.get("a").error(),
                             letters_.mark_retried("a", wall(1)).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
    EXPECT_NE(error.message.find("'a'"), std::string::npos);
  }
}

TEST_F(DeadLettersTest, ADamagedLetterIsToldAndCanBeDiscardedOrReplaced) {
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(letters_.put(make_letter(id, 1)).has_value());
  }
  run_sql(folder_ / "effects.db", "UPDATE dead_letters SET attempts = 1 WHERE id <> 'c'");
  EXPECT_EQ(letters_.get("a").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(letters_.list(DeadLetters::Which::kAll).value().size(), 1U);
  EXPECT_TRUE(letters_.discard("a").has_value());
  EXPECT_TRUE(letters_.put(make_letter("b", 2)).value());
  EXPECT_EQ(letters_.get("b").value().time, wall(2));
}

}  // namespace
}  // namespace subtide
