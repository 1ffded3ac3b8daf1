#include "engine/events/request_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;

class RequestChannelTest : public testing::Test {
 protected:
  std::string endpoint() const { return *ipc_endpoint(folder_.path() / "bus", "requests"); }
  TemporaryFolder folder_;
};

Result<std::string> echo(const std::string& request) {
  if (request == "bad") return make_error(ErrorCode::kBadInput, "at: not a time");
  return "<" + request + ">";
}

TEST_F(RequestChannelTest, AnswersEachRequest) {
  const auto server = RequestServer::listen(endpoint(), {}, echo);
  ASSERT_TRUE(server) << server.error().message;
  auto client = RequestClient::connect(server->endpoint(), {});
  ASSERT_TRUE(client);
  auto other = RequestClient::connect(server->endpoint(), {});
  ASSERT_TRUE(other);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client->ask(std::to_string(i)).value_or("none"), "<" + std::to_string(i) + ">");
    EXPECT_EQ(other->ask("x").value_or("none"), "<x>");
  }
}

TEST_F(RequestChannelTest, TellsWhatWasRefusedAndWhy) {
  const auto server = RequestServer::listen(endpoint(), {}, echo);
  ASSERT_TRUE(server);
  auto client = RequestClient::connect(server->endpoint(), {});
  const auto refused = client->ask("bad");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(refused.error().message, "at: not a time");
}

TEST_F(RequestChannelTest, NobodyThereIsSaidInTime) {
  auto client = RequestClient::connect(endpoint(), {}, std::chrono::milliseconds(100));
  ASSERT_TRUE(client);
  const auto answer = client->ask("x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadline);
  EXPECT_THAT(answer.error().message, HasSubstr("does the engine still run?"));
}

}  // namespace
}  // namespace subtide
