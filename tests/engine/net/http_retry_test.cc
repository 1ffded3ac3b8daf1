#include "engine/net/http_retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/http_server.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Remembers the pauses instead of waiting.
struct Pauses {
  std::vector<milliseconds> taken;
  RetryPolicy policy() {
    RetryPolicy policy;
    policy.wait = [this](milliseconds time, const std::stop_token&) {
      taken.push_back(time);
      return true;
    };
    return policy;
  }
};

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

ServerReply status(int code, std::map<std::string, std::string> headers = {}) {
  return {code, "", std::move(headers), {}, false};
}

TEST(HttpRetry, TriesAgainWithGrowingPauses) {
  HttpTestServer server;
  server.on("/", std::vector{status(500), status(503), status(200)});
  HttpClient client;
  Pauses pauses;
  const auto answer = request_with_retries(client, get(server.url("/")), pauses.policy());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(pauses.taken, ElementsAre(milliseconds(500), milliseconds(1000)));
}

TEST(HttpRetry, WaitsAsLongAsTheServerAsks) {
  HttpTestServer server;
  server.on("/", std::vector{status(429, {{"Retry-After", "7"}}), status(200)});
  HttpClient client;
  Pauses pauses;
  ASSERT_TRUE(request_with_retries(client, get(server.url("/")), pauses.policy()));
  EXPECT_THAT(pauses.taken, ElementsAre(seconds(7)));
}

TEST(HttpRetry, DoesNotWaitForAServerThatAsksForTooMuch) {
  HttpTestServer server;
  server.on("/", status(429, {{"Retry-After", "3600"}}));
  HttpClient client;
  Pauses pauses;
  const auto answer = request_with_retries(client, get(server.url("/")), pauses.policy());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_THAT(pauses.taken, IsEmpty());
}

TEST(HttpRetry, GivesTheLastAnswerWhenTheTriesAreUsedUp) {
  HttpTestServer server;
  server.on("/", status(502));
  HttpClient client;
  Pauses pauses;
  const auto answer = request_with_retries(client, get(server.url("/")), pauses.policy());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(HttpRetry, LeavesOtherAnswersAlone) {
  HttpTestServer server;
  server.on("/", status(400));
  HttpClient client;
  Pauses pauses;
  EXPECT_EQ(request_with_retries(client, get(server.url("/")), pauses.policy())->status, 400);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpRetry, TriesAgainWhereNothingListens) {
  HttpClient client;
  Pauses pauses;
  const auto answer =
      request_with_retries(client, get(url_where_nothing_listens()), pauses.policy());
  ASSERT_FALSE(answer);
  EXPECT_EQ(pauses.taken.size(), 3U);
}

TEST(HttpRetry, APauseEndsWhenAskedToStop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(wait_unless_stopped(std::chrono::hours(1), stop.get_token()));
}

}  // namespace
}  // namespace subtide
