#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "models/openai/chat_translator.h"
#include "tests/support/http_server.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPath = "/v1/chat/completions";
const std::vector<std::string> kFailed{"failed"};

ServerReply says(const std::string& content) {
  const Json json{{"choices", {{{"message", {{"role", "assistant"}, {"content", content}}}}}}};
  return {.body = json.dump()};
}

Json task_in(const ReceivedRequest& request) {
  return Json::parse(Json::parse(request.body)["messages"][1]["content"].get<std::string>());
}

// Translates by writing a tag before each text, as the rules ask.
ServerReply obey(const ReceivedRequest& request) {
  Json list = Json::array();
  const Json task = task_in(request);
  for (const auto& entry : task["sentences"]) {
    list.push_back({{"n", entry["n"]}, {"text", "es:" + entry["text"].get<std::string>()}});
  }
  return says(Json{{"translations", list}}.dump());
}

class ChatTranslation : public testing::Test {
 protected:
  Result<std::vector<std::string>> translate(const std::vector<std::string>& sentences) {
    OpenAiOptions options;
    options.url = server_.url();
    options.model = "small-model";
    options.retries.wait = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
    const auto made = make_chat_translator(options, std::make_shared<HttpClient>());
    if (!made) return made.error();
    TranslationRequest request;
    request.source_language = "en";
    request.target_language = "es";
    request.context = {"Earlier."};
    return (*made)->translate(sentences, request);
  }
  HttpTestServer server_;
};

TEST_F(ChatTranslation, AsksWithNumbersAndContext) {
  server_.on(kPath, obey);
  const auto result = translate({"Hello.", "How are\nyou?"});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(*result, ElementsAre("es:Hello.", "es:How are you?"));
  const auto request = server_.requests().front();
  const auto task = task_in(request);
  EXPECT_EQ(task["from"], "en");
  EXPECT_EQ(task["to"], "es");
  EXPECT_EQ(task["context"], Json({"Earlier."}));
  EXPECT_EQ(Json::parse(request.body)["model"], "small-model");
  EXPECT_EQ(Json::parse(request.body)["temperature"], 0);
}

TEST_F(ChatTranslation, ReadsAnswersInCodeFences) {
  server_.on(kPath,
             says("Sure!\n```json\n{\"translations\": [{\"n\": 1, \"text\": \"Hola\"}]}\n```\n"));
  EXPECT_THAT(translate({"Hello"}).value_or(kFailed), ElementsAre("Hola"));
}

TEST_F(ChatTranslation, EmptySentencesStayEmptyAndAreNotSent) {
  server_.on(kPath, obey);
  EXPECT_THAT(translate({"", "a", " \n "}).value_or(kFailed), ElementsAre("", "es:a", ""));
  EXPECT_EQ(task_in(server_.requests().front())["sentences"].size(), 1U);
  EXPECT_THAT(translate({""}).value_or(kFailed), ElementsAre(""));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ChatTranslation, LongListsAreSentInPartsWithTheSentencesBeforeAsContext) {
  server_.on(kPath, obey);
  std::vector<std::string> sentences;
  for (int i = 0; i < 40; ++i) sentences.push_back("s" + std::to_string(i));
  const auto result = translate(sentences);
  ASSERT_TRUE(result);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ((*result)[i], "es:s" + std::to_string(i));
  ASSERT_EQ(server_.requests().size(), 3U);
  EXPECT_EQ(task_in(server_.requests()[1])["context"], Json({"s14", "s15"}));
}

TEST_F(ChatTranslation, AWrongCountIsRepairedOnce) {
  server_.on(kPath,
             std::vector<ServerReply>{
                 says(R"({"translations": [{"n": 1, "text": "uno"}]})"),
                 says(R"({"translations": [{"n": 1, "text": "uno"}, {"n": 2, "text": "dos"}]})")});
  EXPECT_THAT(translate({"one", "two"}).value_or(kFailed), ElementsAre("uno", "dos"));
  const auto messages = Json::parse(server_.requests().at(1).body)["messages"];
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_THAT(messages[3]["content"].get<std::string>(), HasSubstr("1 entries instead of 2"));
}

TEST_F(ChatTranslation, AnAnswerThatStaysWrongIsAnError) {
  for (const char* content :
       {"I cannot do that.", "{\"translations\": []}", "{\"translations\": {}}",
        R"({"translations": [{"n": 2, "text": "x"}]})", R"({"translations": [{"n": 1}]})",
        R"({"translations": [{"n": 1, "text": 5}]})", R"({"translations": ["x"]})", "}{", ""}) {
    server_.on(kPath, says(content));
    const auto result = translate({"one"});
    ASSERT_FALSE(result) << content;
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << content;
    EXPECT_THAT(result.error().message, HasSubstr("one for one")) << content;
  }
  EXPECT_EQ(server_.requests().size(), 18U);
}

TEST_F(ChatTranslation, AnswersThatAreNoChatAreNamed) {
  for (const char* body :
       {"", "hello", "{}", R"({"choices": []})", R"({"choices": [{"message": {}}]})",
        R"({"choices": [{"message": {"content": null}}]})"}) {
    server_.on(kPath, ServerReply{.body = body});
    const auto result = translate({"one"});
    ASSERT_FALSE(result) << body;
    EXPECT_THAT(result.error().message, HasSubstr("not a chat completion")) << body;
  }
}

TEST_F(ChatTranslation, ABusyServerIsAskedAgain) {
  server_.on(kPath,
             std::vector<ServerReply>{{.status = 429, .headers = {{"Retry-After", "2"}}},
                                      {.status = 500},
                                      says(R"({"translations": [{"n": 1, "text": "uno"}]})")});
  EXPECT_THAT(translate({"one"}).value_or(kFailed), ElementsAre("uno"));
}

TEST_F(ChatTranslation, AnUnknownModelIsToldInTheServersWords) {
  server_.on(kPath, ServerReply{.status = 404, .body = R"({"error": "model 'x' not found"})"});
  const auto result = translate({"one"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("model 'x' not found"));
}

}  // namespace
}  // namespace subtide
