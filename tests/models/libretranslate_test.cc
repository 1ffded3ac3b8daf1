#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "models/libretranslate/libretranslate_translator.h"
#include "tests/support/http_server.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kFailed{"failed"};

// Answers as LibreTranslate does, with a tag before each text.
ServerReply obey(const ReceivedRequest& request) {
  const auto json = Json::parse(request.body);
  Json list = Json::array();
  for (const auto& text : json["q"]) {
    list.push_back(json["target"].get<std::string>() + ":" + text.get<std::string>());
  }
  return {.body = Json{{"translatedText", list}}.dump()};
}

class LibreTranslate : public testing::Test {
 protected:
  Result<std::vector<std::string>> translate(const std::vector<std::string>& sentences) {
    LibreTranslateOptions options;
    options.url = server_.url();
    options.key = "secret-key";
    options.timeout = timeout_;
    options.retries.wait = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
    TranslationRequest request;
    request.source_language = "en-US";
    request.target_language = "es";
    return (*make_libretranslate_translator(options, std::make_shared<HttpClient>()))
        ->translate(sentences, request);
  }
  HttpTestServer server_;
  std::chrono::milliseconds timeout_{5000};
};

TEST_F(LibreTranslate, SendsAListAndTakesAList) {
  server_.on("/translate", obey);
  const auto result = translate({"Hello.", "", "two\nlines"});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(*result, ElementsAre("es:Hello.", "", "es:two lines"));
  const auto json = Json::parse(server_.requests().front().body);
  EXPECT_EQ(json["source"], "en");
  EXPECT_EQ(json["format"], "text");
  EXPECT_EQ(json["api_key"], "secret-key");
}

TEST_F(LibreTranslate, SendsLongListsInParts) {
  server_.on("/translate", obey);
  const std::vector<std::string> sentences(120, "x");
  EXPECT_THAT(translate(sentences).value_or(kFailed), testing::Each("es:x"));
  EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(LibreTranslate, RefusesAWrongCount) {
  server_.on("/translate", ServerReply{.body = R"({"translatedText": ["a", "b"]})"});
  const auto result = translate({"x"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("2 translations instead of 1"));
}

TEST_F(LibreTranslate, RefusesSenselessAnswers) {
  for (const char* body :
       {"", "{", "[]", R"({"translatedText": "a"})", R"({"translatedText": [1]})"}) {
    server_.on("/translate", ServerReply{.body = body});
    const auto result = translate({"x"});
    ASSERT_FALSE(result) << body;
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << body;
  }
}

TEST_F(LibreTranslate, TellsWhatTheServerSaysAndNotTheKey) {
  server_.on("/translate",
             ServerReply{.status = 400, .body = R"({"error": "xx is not supported"})"});
  const auto result = translate({"x"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("xx is not supported"));
  EXPECT_THAT(result.error().message, Not(HasSubstr("secret-key")));
}

TEST_F(LibreTranslate, TriesAgainAfterServerErrors) {
  server_.on("/translate",
             std::vector<ServerReply>{{.status = 500}, {.body = R"({"translatedText": ["a"]})"}});
  EXPECT_THAT(translate({"x"}).value_or(kFailed), ElementsAre("a"));
}

TEST_F(LibreTranslate, LeavesASlowServer) {
  server_.on("/translate", ServerReply{.hangs = true});
  timeout_ = std::chrono::milliseconds(150);
  const auto result = translate({"x"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDeadline);
}

TEST_F(LibreTranslate, GoesExactlyToAUrlWithAPath) {
  server_.on("/api/do", obey);
  LibreTranslateOptions options;
  options.url = server_.url("/api/do");
  TranslationRequest request;
  request.source_language = "en";
  request.target_language = "it";
  const std::vector<std::string> sentences{"x"};
  const auto result = (*make_libretranslate_translator(options, std::make_shared<HttpClient>()))
                          ->translate(sentences, request);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(*result, ElementsAre("it:x"));
}

}  // namespace
}  // namespace subtide
