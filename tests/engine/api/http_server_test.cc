#include "engine/api/http_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/support/plain_http.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

HttpServer serve(HttpServer::Handler handler, HttpServerOptions options = {}) {
  auto server = HttpServer::listen(options, std::move(handler));
  EXPECT_TRUE(server) << server.error().message;
  return std::move(*server);
}

/// Requests that nobody answered yet.
class Parked {
 public:
  HttpServer::Handler handler() {
    return [this](const ServerRequest&, HttpReply reply) {
      const std::lock_guard lock(mutex_);
      replies_.push_back(std::move(reply));
    };
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return replies_.size();
  }
  void wait_for(std::size_t count) {
    while (size() < count) std::this_thread::sleep_for(milliseconds(1));
  }
  std::vector<HttpReply> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(replies_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<HttpReply> replies_;
};

TEST(HttpServer, AnswersAtOnce) {
  ServerRequest seen;
  const HttpServer server = serve([&](const ServerRequest& request, const HttpReply& reply) {
    seen = request;
    reply.send(make_answer(201, "text/plain", "made", {{"X-Test", "yes"}}));
  });
  const auto answer = plain_post(server.port(), "/a%20b?x=1&y=zwei", "body",
                                 {"X-Given: Value", "Cookie: a=1; b=2"});
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "made");
  EXPECT_EQ(answer.headers.at("x-test"), "yes");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/a b");
  EXPECT_EQ(seen.query.at("y"), "zwei");
  EXPECT_EQ(seen.header("x-given"), "Value");
  EXPECT_EQ(seen.cookie("b"), "2");
  EXPECT_EQ(seen.cookie("c"), "");
  EXPECT_EQ(seen.body, "body");
}

TEST(HttpServer, AnswersLaterFromAnotherThread) {
  Parked parked;
  const HttpServer server = serve(parked.handler());
  PlainClient client(server.port());
  client.send("GET", "/");
  parked.wait_for(1);
  EXPECT_FALSE(client.has_answer(milliseconds(50)));
  std::thread([&] { parked.take().front().send(make_answer(200, "text/plain", "late")); }).join();
  EXPECT_EQ(client.read_answer().body, "late");
  client.send("GET", "/again");
  parked.wait_for(1);
  parked.take().front().send(make_answer(200, "text/plain", "again"));
  EXPECT_EQ(client.read_answer().body, "again");
}

TEST(HttpServer, OnlyTheFirstAnswerCounts) {
  const HttpServer server = serve([](const ServerRequest&, const HttpReply& reply) {
    reply.send(make_answer(200, "text/plain", "first"));
    reply.send(make_answer(500, "text/plain", "second"));
  });
  EXPECT_EQ(plain_get(server.port(), "/").body, "first");
}

TEST(HttpServer, AForgottenRequestIsAnswered) {
  const HttpServer server = serve([](const ServerRequest&, const HttpReply&) {});
  EXPECT_EQ(plain_get(server.port(), "/").status, 503);
}

TEST(HttpServer, AThousandClientsWaitOnOneThread) {
  Parked parked;
  const HttpServer server = serve(parked.handler());
  std::vector<std::unique_ptr<PlainClient>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<PlainClient>(server.port()));
    clients.back()->send("GET", "/part");
  }
  parked.wait_for(1000);
  const auto body = std::make_shared<const std::string>(100'000, 'x');
  for (const auto& reply : parked.take()) reply.send({200, "video/mp4", body, {}});
  int whole = 0;
  for (const auto& client : clients) whole += client->read_answer().body == *body ? 1 : 0;
  EXPECT_EQ(whole, 1000);
}

TEST(HttpServer, AClientThatLeftHarmsNobody) {
  Parked parked;
  const HttpServer server = serve(parked.handler());
  { PlainClient(server.port()).send("GET", "/"); }
  parked.wait_for(1);
  parked.take().front().send(make_answer(200, "text/plain", "to nobody"));
  PlainClient client(server.port());
  client.send("GET", "/");
  parked.wait_for(1);
  parked.take().front().send(make_answer(200, "text/plain", "to somebody"));
  EXPECT_EQ(client.read_answer().body, "to somebody");
}

TEST(HttpServer, AnswersWhoWaitsWhenItStops) {
  Parked parked;
  auto server = std::make_unique<HttpServer>(serve(parked.handler()));
  PlainClient client(server->port());
  client.send("GET", "/");
  parked.wait_for(1);
  server.reset();
  EXPECT_EQ(client.read_answer().status, 503);
}

TEST(HttpServer, StreamsUntilClosed) {
  std::shared_ptr<HttpStream> stream;
  std::mutex mutex;
  const HttpServer server = serve([&](const ServerRequest&, const HttpReply& reply) {
    const std::lock_guard lock(mutex);
    stream = reply.start_stream("text/event-stream", {});
    stream->write("first\n");
  });
  PlainClient client(server.port());
  client.send("GET", "/");
  EXPECT_NE(client.read_until("first\n").find("text/event-stream"), std::string::npos);
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(stream->write("second\n"));
  EXPECT_NE(client.read_until("second\n").find("second\n"), std::string::npos);
  stream->close();
  EXPECT_FALSE(stream->write("third\n"));
  EXPECT_NE(client.read_until("0\r\n\r\n").find("0\r\n\r\n"), std::string::npos);
}

TEST(HttpServer, LetsGoOfAStreamThatNobodyReads) {
  std::shared_ptr<HttpStream> stream;
  std::mutex mutex;
  const HttpServer server = serve([&](const ServerRequest&, const HttpReply& reply) {
    const std::lock_guard lock(mutex);
    stream = reply.start_stream("text/event-stream", {});
    stream->write("first\n");
  });
  PlainClient client(server.port());
  client.send("GET", "/");
  client.read_until("first\n");
  const std::lock_guard lock(mutex);
  const std::string much(64 * 1024, 'x');
  int written = 0;
  while (written < 1000 && stream->write(much)) ++written;
  EXPECT_LT(written, 1000);
}

TEST(HttpServer, StopsWhileStreamsAreOpen) {
  auto server =
      std::make_unique<HttpServer>(serve([&](const ServerRequest&, const HttpReply& reply) {
        reply.start_stream("text/event-stream", {})->write("open\n");
      }));
  PlainClient client(server->port());
  client.send("GET", "/");
  client.read_until("open\n");
  server.reset();
  EXPECT_TRUE(client.has_answer(milliseconds(5000)));
}

TEST(HttpServer, RefusesALongBody) {
  HttpServerOptions options;
  options.longest_body = 1000;
  const HttpServer server = serve(
      [](const ServerRequest&, const HttpReply& reply) { reply.send(make_answer(200, "", "")); },
      options);
  EXPECT_EQ(plain_post(server.port(), "/", std::string(1000, 'x')).status, 200);
  EXPECT_EQ(plain_post(server.port(), "/", std::string(1001, 'x')).status, 413);
}

TEST(HttpServer, SaysWhenTheAddressIsTaken) {
  const HttpServer first = serve([](const ServerRequest&, const HttpReply&) {});
  HttpServerOptions options;
  options.port = first.port();
  const auto second = HttpServer::listen(options, [](const ServerRequest&, const HttpReply&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find(std::to_string(first.port())), std::string::npos);
}

TEST(ListenAddress, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_listen_address("8080")->port, 8080);
  EXPECT_EQ(parse_listen_address(":8080")->address, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("localhost:80")->address, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("[::1]:80")->address, "::1");
  EXPECT_EQ(parse_listen_address("0.0.0.0:80")->address, "0.0.0.0");
  for (const auto* wrong : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "host:80"}) {
    EXPECT_FALSE(parse_listen_address(wrong)) << wrong;
  }
}

TEST(ListenAddress, KnowsLoopback) {
  for (const auto* local : {"127.0.0.1:1", "127.3.2.1:1", "[::1]:1", "1"}) {
    EXPECT_TRUE(is_loopback(*parse_listen_address(local))) << local;
  }
  for (const auto* open : {"0.0.0.0:1", "192.168.1.2:1", "[::]:1"}) {
    EXPECT_FALSE(is_loopback(*parse_listen_address(open))) << open;
  }
}

}  // namespace
}  // namespace subtide
