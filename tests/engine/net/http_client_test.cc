#include "engine/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/http_server.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

ServerReply redirect_to(const std::string& url, int status = 302) {
  return {status, "elsewhere", {{"Location", url}}, {}, false};
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
  HttpTestServer server;
  server.on("/hello", ServerReply{201, "good day", {{"X-Colour", "blue"}}, {}, false});
  HttpClient client;
  const auto answer = client.request(get(server.url("/hello?a=1")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "good day");
  EXPECT_EQ(answer->header("x-colour"), "blue");
  EXPECT_EQ(answer->header("x-shape"), std::nullopt);
  EXPECT_EQ(server.requests().front().query.at("a"), "1");
}

TEST(HttpClient, PostsTextWithItsHeaders) {
  HttpTestServer server;
  server.on("/post", ServerReply{});
  HttpRequest request = get(server.url("/post"));
  request.method = HttpMethod::kPost;
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer k"}};
  request.body = std::string("{\"a\":\0}", 7);
  HttpClient client;
  ASSERT_TRUE(client.request(request));
  const auto received = server.requests().front();
  EXPECT_EQ(received.method, "POST");
  EXPECT_EQ(received.body, std::string("{\"a\":\0}", 7));
  EXPECT_EQ(received.header("authorization"), "Bearer k");
  EXPECT_EQ(received.header("expect"), "");
}

TEST(HttpClient, PostsMultipart) {
  HttpTestServer server;
  server.on("/post", ServerReply{});
  HttpRequest request = get(server.url("/post"));
  request.method = HttpMethod::kPost;
  request.body = std::vector<MultipartPart>{{"model", "tiny", "", ""},
                                            {"file", "RIFF", "window.wav", "audio/wav"}};
  HttpClient client;
  ASSERT_TRUE(client.request(request));
  const auto received = server.requests().front();
  EXPECT_THAT(received.header("content-type"), HasSubstr("multipart/form-data"));
  EXPECT_THAT(received.body, HasSubstr("name=\"file\"; filename=\"window.wav\""));
  EXPECT_THAT(received.body, HasSubstr("Content-Type: audio/wav"));
}

TEST(HttpClient, AStatusOfFailureIsStillAnAnswer) {
  HttpTestServer server;
  HttpClient client;
  const auto answer = client.request(get(server.url("/nowhere")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
}

TEST(HttpClient, SaysThatNothingListens) {
  HttpClient client;
  const auto answer = client.request(get(url_where_nothing_listens() + "/x?token=abc"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("cannot reach http://127.0.0.1:"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("abc")));
}

TEST(HttpClient, SaysThatANameCannotBeResolved) {
  HttpClient client;
  const auto answer = client.request(get("http://no-such-host.invalid/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("no-such-host.invalid"));
}

TEST(HttpClient, GivesUpAtTheTimeout) {
  HttpTestServer server;
  server.on("/slow", ServerReply{.hangs = true});
  HttpRequest request = get(server.url("/slow"));
  request.timeout = milliseconds(150);
  HttpClient client;
  const auto answer = client.request(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadline);
}

TEST(HttpClient, WakesWhenAskedToStop) {
  HttpTestServer server;
  server.on("/slow", ServerReply{.hangs = true});
  std::stop_source stop;
  HttpRequest request = get(server.url("/slow"));
  request.stop = stop.get_token();
  HttpClient client;
  const std::jthread stopper([&] {
    server.wait_for_requests(1);
    stop.request_stop();
  });
  const auto answer = client.request(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(HttpClient, RefusesMoreThanItWasToldToTake) {
  HttpTestServer server;
  server.on("/big", ServerReply{200, std::string(10U << 20U, 'x'), {}, {}, false});
  HttpRequest request = get(server.url("/big"));
  request.max_response = 1U << 20U;
  HttpClient client;
  const auto answer = client.request(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadInput);
}

TEST(HttpClient, SaysThatTheConnectionBroke) {
  HttpTestServer server;
  server.on("/cut", ServerReply{200, "half an answer", {}, 4, false});
  HttpClient client;
  const auto answer = client.request(get(server.url("/cut")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(HttpClient, FollowsARedirectAtTheSameOriginWithItsHeaders) {
  HttpTestServer server;
  server.on("/old", redirect_to("/new"));
  server.on("/new", ServerReply{200, "here", {}, {}, false});
  HttpRequest request = get(server.url("/old"));
  request.headers = {{"Authorization", "Bearer k"}};
  HttpClient client;
  const auto answer = client.request(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "here");
  EXPECT_EQ(server.requests().at(1).header("authorization"), "Bearer k");
}

TEST(HttpClient, RefusesARedirectToAPrivateAddress) {
  HttpTestServer secret;
  secret.on("/", ServerReply{200, "secret", {}, {}, false});
  HttpTestServer server;
  server.on("/go", redirect_to(secret.url("/")));
  HttpClient client;
  const auto answer = client.request(get(server.url("/go")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDenied);
  EXPECT_TRUE(secret.requests().empty());
}

TEST(HttpClient, RefusesARedirectToANameOfThisMachine) {
  HttpTestServer secret;
  HttpTestServer server;
  server.on("/go", redirect_to("http://localhost:" + std::to_string(secret.port()) + "/"));
  HttpClient client;
  const auto answer = client.request(get(server.url("/go")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDenied);
  EXPECT_TRUE(secret.requests().empty());
}

TEST(HttpClient, RefusesARedirectToAnotherScheme) {
  HttpTestServer server;
  server.on("/go", redirect_to("file:///etc/passwd"));
  HttpClient client;
  EXPECT_FALSE(client.request(get(server.url("/go"))));
}

TEST(HttpClient, FollowsThreeRedirectsAndNoMore) {
  HttpTestServer server;
  server.on("/1", redirect_to("/2"));
  server.on("/2", redirect_to("/3"));
  server.on("/3", redirect_to("/4"));
  server.on("/4", ServerReply{200, "end", {}, {}, false});
  server.on("/0", redirect_to("/1"));
  HttpClient client;
  EXPECT_TRUE(client.request(get(server.url("/1"))));
  const auto answer = client.request(get(server.url("/0")));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("more than 3"));
}

TEST(HttpClient, PostsAgainOnlyWhereTheRedirectKeepsTheMethod) {
  HttpTestServer server;
  server.on("/307", redirect_to("/end", 307));
  server.on("/302", redirect_to("/end", 302));
  server.on("/end", ServerReply{200, "end", {}, {}, false});
  HttpRequest request = get(server.url("/307"));
  request.method = HttpMethod::kPost;
  request.body = std::string("text");
  HttpClient client;
  ASSERT_TRUE(client.request(request));
  EXPECT_EQ(server.requests().back().body, "text");
  request.url = server.url("/302");
  EXPECT_FALSE(client.request(request));
}

TEST(HttpClient, AFoundUrlMayNotLeadToThisMachine) {
  HttpTestServer server;
  HttpClient client;
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001"}) {
    HttpRequest request = get("http://" + host + ":" + std::to_string(server.port()) + "/");
    request.trust = UrlTrust::kFound;
    const auto answer = client.request(request);
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, ErrorCode::kDenied) << host;
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, AConnectionKeptForTheUserIsNotLentToAFoundUrl) {
  HttpTestServer server;
  server.on("/", ServerReply{});
  HttpClient client;
  ASSERT_TRUE(client.request(get(server.url("/"))));
  HttpRequest request = get(server.url("/"));
  request.trust = UrlTrust::kFound;
  EXPECT_FALSE(client.request(request));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClient, SendsTheUserOfTheUrlAsBasicAuthorization) {
  HttpTestServer server;
  server.on("/", ServerReply{});
  HttpClient client;
  const auto port = std::to_string(server.port());
  ASSERT_TRUE(client.request(get("http://ann:pw@127.0.0.1:" + port + "/")));
  EXPECT_EQ(server.requests().front().header("authorization"), "Basic YW5uOnB3");
}

TEST(HttpClient, ServesManyThreadsAtOnce) {
  HttpTestServer server;
  server.on("/", ServerReply{200, "x", {}, {}, false});
  HttpClient client;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10; ++j) good += client.request(get(server.url("/"))) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 80);
}

TEST(HttpClient, ReachesAnAllowedRangeThatContentNamed) {
  HttpTestServer server;
  server.on("/hello", ServerReply{200, "good day", {}, {}, false});
  HttpRequest request = get(server.url("/hello"));
  request.trust = UrlTrust::kFound;
  HttpClient client;
  EXPECT_EQ(client.request(request).error().code, ErrorCode::kDenied);
  request.allowed = {*AddressRange::parse("127.0.0.0/8")};
  const auto answer = client.request(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "good day");
  request.allowed = {*AddressRange::parse("10.0.0.0/8")};
  EXPECT_EQ(client.request(request).error().code, ErrorCode::kDenied);
}

TEST(HttpClient, SaysWhereTheAnswerCameFrom) {
  HttpTestServer server;
  server.on("/old", redirect_to(server.url("/new/place?a=1")));
  server.on("/new/place", ServerReply{});
  HttpClient client;
  const auto answer = client.request(get(server.url("/old")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->url, server.url("/new/place?a=1"));
}

TEST(HttpClient, StreamsABodyPieceByPiece) {
  HttpTestServer server;
  const std::string body(300'000, 'x');
  server.on("/long", ServerReply{200, body, {}, {}, false});
  StreamRequest request;
  request.url = server.url("/long");
  std::string taken;
  int pieces = 0;
  request.take = [&](std::string_view bytes) {
    taken += bytes;
    ++pieces;
    return ok();
  };
  HttpClient client;
  const auto done = client.stream(request);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(taken, body);
  EXPECT_GT(pieces, 1);
}

TEST(HttpClient, AStreamEndsWithTheErrorOfItsTakerOrItsStatus) {
  HttpTestServer server;
  server.on("/long", ServerReply{200, std::string(100'000, 'x'), {}, {}, false});
  server.on("/secret", ServerReply{403, "no", {}, {}, false});
  StreamRequest request;
  request.url = server.url("/long");
  request.take = [](std::string_view) -> Status { return make_error(ErrorCode::kNoSpace, "full"); };
  HttpClient client;
  EXPECT_EQ(client.stream(request).error().code, ErrorCode::kNoSpace);
  request.url = server.url("/nothing");
  EXPECT_EQ(client.stream(request).error().code, ErrorCode::kNotFound);
  request.url = server.url("/secret");
  EXPECT_EQ(client.stream(request).error().code, ErrorCode::kDenied);
}

}  // namespace
}  // namespace subtide
