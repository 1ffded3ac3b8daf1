#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/net/http_client.h"
#include "tests/support/http_server.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

std::string make_content(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  return content;
}

class Download : public testing::Test {
 protected:
  Download() : descriptor_(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~Download() override { ::close(descriptor_); }

  DownloadRequest from(const std::string& url) {
    DownloadRequest request;
    request.url = url;
    request.descriptor = descriptor_;
    request.retry_pause = milliseconds(1);
    request.stall_timeout = std::chrono::seconds(1);
    return request;
  }
  void already_there(const std::string& bytes) {
    ASSERT_EQ(::pwrite(descriptor_, bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string written() { return read_file(file_, 64U << 20U).value_or("unreadable"); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "file";
  int descriptor_;
  HttpTestServer server_;
  HttpClient client_;
};

TEST_F(Download, WritesTheWholeFileAndTellsProgress) {
  const auto content = make_content(3'000'000);
  server_.on("/f", HttpTestServer::Handler(
                       [&](const auto& request) { return serve_range(request, content); }));
  auto request = from(server_.url("/f"));
  std::uint64_t last = 0;
  request.progress = [&](std::uint64_t done, std::optional<std::uint64_t> total) {
    EXPECT_GT(done, last);
    EXPECT_EQ(total, content.size());
    last = done;
  };
  const auto outcome = client_.download(request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->size, content.size());
  EXPECT_EQ(last, content.size());
  EXPECT_FALSE(outcome->was_resumed);
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, GoesOnWhereAnEarlierTryBrokeOff) {
  const auto content = make_content(100'000);
  server_.on("/f", HttpTestServer::Handler(
                       [&](const auto& request) { return serve_range(request, content); }));
  already_there(content.substr(0, 40'000));
  auto request = from(server_.url("/f"));
  request.resume_from = 40'000;
  const auto outcome = client_.download(request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->was_resumed);
  EXPECT_EQ(server_.requests().front().header("range"), "bytes=40000-");
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, StartsOverWhereTheServerKnowsNoRanges) {
  const auto content = make_content(50'000);
  server_.on("/f", ServerReply{200, content, {}, {}, false});
  already_there(std::string(60'000, 'x'));
  auto request = from(server_.url("/f"));
  request.resume_from = 60'000;
  const auto outcome = client_.download(request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->was_resumed);
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, MendsBrokenConnections) {
  const auto content = make_content(100'000);
  server_.on("/f", HttpTestServer::Handler([&](const auto& request) {
               auto reply = serve_range(request, content);
               if (reply.body.size() > 30'000) reply.breaks_after = 30'000;
               return reply;
             }));
  const auto outcome = client_.download(from(server_.url("/f")));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(server_.requests().size(), 4U);
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, AsksForTheSameVersionAfterABreak) {
  const auto content = make_content(1000);
  server_.on("/f", HttpTestServer::Handler([&](const auto& request) {
               auto reply = serve_range(request, content);
               reply.headers["ETag"] = "\"v1\"";
               if (reply.body.size() == 1000) reply.breaks_after = 600;
               return reply;
             }));
  ASSERT_TRUE(client_.download(from(server_.url("/f"))));
  EXPECT_EQ(server_.requests().at(1).header("if-range"), "\"v1\"");
}

TEST_F(Download, TriesAgainAfterBusyAnswersAndThenGivesUp) {
  server_.on("/f", ServerReply{503, "busy", {}, {}, false});
  const auto outcome = client_.download(from(server_.url("/f")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server_.requests().size(), 5U);
  EXPECT_EQ(written(), "");
}

TEST_F(Download, SaysAtOnceThatTheFileDoesNotExist) {
  const auto outcome = client_.download(from(server_.url("/f")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(Download, NoticesAServerThatStalls) {
  server_.on("/f", ServerReply{.hangs = true});
  auto request = from(server_.url("/f"));
  request.max_attempts = 1;
  const auto outcome = client_.download(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kDeadline);
}

TEST_F(Download, IsCompleteWhenTheServerHasNoMore) {
  const auto content = make_content(5000);
  server_.on("/f", HttpTestServer::Handler(
                       [&](const auto& request) { return serve_range(request, content); }));
  already_there(content);
  auto request = from(server_.url("/f"));
  request.resume_from = content.size();
  const auto outcome = client_.download(request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, StartsOverWhenWhatWasThereIsLongerThanTheFile) {
  const auto content = make_content(5000);
  server_.on("/f", HttpTestServer::Handler(
                       [&](const auto& request) { return serve_range(request, content); }));
  already_there(std::string(9000, 'x'));
  auto request = from(server_.url("/f"));
  request.resume_from = 9000;
  const auto outcome = client_.download(request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(written() == content);
}

TEST_F(Download, RefusesAFileOfAnotherSize) {
  server_.on("/f", ServerReply{200, make_content(5000), {}, {}, false});
  auto request = from(server_.url("/f"));
  request.expected_size = 4000;
  EXPECT_EQ(client_.download(request).error().code, ErrorCode::kBadInput);
  request.expected_size = 6000;
  EXPECT_EQ(client_.download(request).error().code, ErrorCode::kBadInput);
}

TEST_F(Download, KeepsWhatCameWhenStopped) {
  const auto content = make_content(100'000);
  std::stop_source stop;
  server_.on("/f", HttpTestServer::Handler([&](const auto& request) {
               if (!request.header("range").empty()) stop.request_stop();
               auto reply = serve_range(request, content);
               reply.breaks_after = 30'000;
               return reply;
             }));
  auto request = from(server_.url("/f"));
  request.stop = stop.get_token();
  const auto outcome = client_.download(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(written().substr(0, 30'000), content.substr(0, 30'000));
}

TEST_F(Download, AFullDiskIsNamed) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  server_.on("/f", ServerReply{200, "bytes", {}, {}, false});
  auto request = from(server_.url("/f"));
  request.descriptor = full;
  const auto outcome = client_.download(request);
  ::close(full);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace subtide
