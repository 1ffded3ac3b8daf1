#include "engine/work/link/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::HasSubstr;

template <typename Message>
Message there_and_back(const Message& message) {
  const wire::Frames frames = wire::to_frames(message);
  const auto read = wire::from_frames(frames.kind, frames.body);
  EXPECT_TRUE(read) << read.error().message;
  const auto* same = read ? std::get_if<Message>(&*read) : nullptr;
  EXPECT_NE(same, nullptr) << frames.kind;
  return same != nullptr ? *same : Message{};
}

std::string refusal(std::string_view kind, std::string_view body) {
  const auto read = wire::from_frames(kind, body);
  return read ? "(taken)" : read.error().message;
}

TEST(Wire, KeepsEveryFieldOfAHello) {
  const wire::Hello hello{
      "host-7-1",
      "transcribe",
      {"auto en", "whisper:mini.en"},
      {"whisper:mini.en", "10 MB", {"en"}, std::chrono::seconds(12), true, "abc"},
      3,
      4711,
      77};
  const wire::Hello read = there_and_back(hello);
  EXPECT_EQ(read.worker, "host-7-1");
  EXPECT_EQ(read.stage, "transcribe");
  EXPECT_EQ(read.names, (std::vector<std::string>{"auto en", "whisper:mini.en"}));
  EXPECT_EQ(read.lanes, 3);
  EXPECT_EQ(read.pid, 4711);
  EXPECT_EQ(read.boot, 77U);
  EXPECT_EQ(read.traits.spec, "whisper:mini.en");
  EXPECT_EQ(read.traits.detail, "10 MB");
  EXPECT_EQ(read.traits.languages, std::vector<std::string>{"en"});
  EXPECT_EQ(read.traits.max_window, std::chrono::seconds(12));
  EXPECT_TRUE(read.traits.is_punctuated);
  EXPECT_EQ(read.traits.identity, "abc");
}

/// Boots are random and use all of their 64 bits.
TEST(Wire, KeepsTheLargestNumbers) {
  wire::Hello hello;
  hello.worker = "a";
  hello.stage = "transcribe";
  hello.boot = ~0ULL;
  EXPECT_EQ(there_and_back(hello).boot, hello.boot);
  EXPECT_EQ(there_and_back(wire::Renewal{~0ULL, ~0U, ~0ULL}).progress, ~0ULL);
}

TEST(Wire, KeepsLeasesAndAnswers) {
  const wire::Offer offer = there_and_back(wire::Offer{5, 2, "translate", R"({"a":1})"});
  EXPECT_EQ(offer.task, 5U);
  EXPECT_EQ(offer.generation, 2U);
  EXPECT_EQ(offer.stage, "translate");
  EXPECT_EQ(offer.payload, R"({"a":1})");
  const wire::Answer result = there_and_back(wire::Answer{5, 2, "[]", {"fake@2", "a fake", "f2"}});
  EXPECT_EQ(result.result, "[]");
  EXPECT_EQ(result.model.spec, "fake@2");
  EXPECT_EQ(result.model.detail, "a fake");
  EXPECT_EQ(result.model.identity, "f2");
  const wire::Failure failure =
      there_and_back(wire::Failure{5, 2, make_error(ErrorCode::kDeadline, "too slow")});
  EXPECT_EQ(failure.error.code, ErrorCode::kDeadline);
  EXPECT_EQ(failure.error.message, "too slow");
  EXPECT_EQ(there_and_back(wire::Renewal{5, 2, 77}).progress, 77U);
  EXPECT_EQ(there_and_back(wire::Return{5, 2}).generation, 2U);
  EXPECT_EQ(there_and_back(wire::Revocation{5, 2}).task, 5U);
}

TEST(Wire, KeepsTheSmallMessages) {
  EXPECT_EQ(there_and_back(wire::Claim{4}).count, 4);
  EXPECT_EQ(there_and_back(wire::Announcement{9}).count, 9);
  EXPECT_EQ(there_and_back(wire::Beat{1 << 30, 2}).resident_bytes, 1 << 30);
  there_and_back(wire::Draining{});
  there_and_back(wire::Leaving{});
  there_and_back(wire::HelloWanted{});
  there_and_back(wire::DrainOrder{});
}

TEST(Wire, KeepsWhatBecameOfAModel) {
  wire::ModelNews news;
  news.what = wire::ModelNews::What::kFailed;
  news.model = {"whisper:x", "", "whisper:x"};
  news.took_ms = 12;
  news.bytes = 34;
  news.error = make_error(ErrorCode::kNotFound, "no such file");
  news.reason = "ordered";
  const wire::ModelNews read = there_and_back(news);
  EXPECT_EQ(read.what, wire::ModelNews::What::kFailed);
  EXPECT_EQ(read.model.spec, "whisper:x");
  EXPECT_EQ(read.took_ms, 12);
  EXPECT_EQ(read.bytes, 34);
  EXPECT_EQ(read.error.code, ErrorCode::kNotFound);
  EXPECT_EQ(read.error.message, "no such file");
  EXPECT_EQ(read.reason, "ordered");
  EXPECT_TRUE(there_and_back(wire::Beat{1, 2, true}).is_loading);
}

TEST(Wire, RefusesWhatIsNoMessage) {
  EXPECT_THAT(refusal("shout", "{}"), HasSubstr("unknown kind 'shout'"));
  EXPECT_THAT(refusal("claim", ""), HasSubstr("claim: "));
  EXPECT_THAT(refusal("claim", R"({"count": 0})"), HasSubstr("1 to 1024"));
  EXPECT_THAT(refusal("claim", R"({"count": 1e99})"), HasSubstr("claim"));
  EXPECT_THAT(refusal("claim", R"({"count": 1.5})"), HasSubstr("not whole"));
  EXPECT_THAT(refusal("claim", R"({"count": 1, "more": [[[[1]]]]})"), HasSubstr("too deep"));
  EXPECT_THAT(refusal("result", R"({"task": 1, "generation": 1})"), HasSubstr("result"));
  EXPECT_THAT(refusal("hello", R"({"worker": "a"})"), HasSubstr("stage"));
  EXPECT_THAT(refusal("lease", std::string((16U << 20U) + 1, ' ')), HasSubstr("allowed"));
}

TEST(Wire, AWrongErrorCodeBecomesAnInternalError) {
  const auto read = wire::from_frames(
      "failure", R"({"task": 1, "generation": 1, "code": 99, "message": "strange"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<wire::Failure>(*read).error.code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace subtide
