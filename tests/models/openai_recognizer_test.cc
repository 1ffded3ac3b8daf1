#include "models/openai/openai_recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "models/openai/endpoint.h"
#include "models/openai/wave_file.h"
#include "models/openai/whisper_languages.h"
#include "tests/support/http_server.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"
#include "tests/support/spoken_text.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPath = "/v1/audio/transcriptions";

// Two seconds heard at 10 s and two more at 20 s.
std::shared_ptr<const AudioWindow> window() {
  return *AudioWindow::create(std::vector<std::int16_t>(64000, 100),
                              {{0, std::chrono::seconds(10)}, {32000, std::chrono::seconds(20)}});
}

RetryPolicy without_pauses() {
  RetryPolicy policy;
  policy.wait = [](milliseconds, const std::stop_token&) { return true; };
  return policy;
}

class OpenAiServer : public testing::Test {
 protected:
  OpenAiOptions options() {
    OpenAiOptions options;
    options.url = server_.url();
    options.key = "sk-secret";
    options.retries = without_pauses();
    return options;
  }
  Result<Transcript> recognize(const OpenAiOptions& options,
                               const RecognitionRequest& request = {}) {
    const auto recognizer = make_openai_recognizer(options, std::make_shared<HttpClient>());
    if (!recognizer) return recognizer.error();
    return (*recognizer)->recognize(*window(), request);
  }
  Result<Transcript> answer(const std::string& json) {
    server_.on(kPath, ServerReply{.body = json});
    return recognize(options());
  }
  static std::vector<std::string> texts(const Transcript& transcript) {
    std::vector<std::string> words;
    for (const auto& word : transcript.words) words.push_back(word.text);
    return words;
  }

  HttpTestServer server_;
};

TEST_F(OpenAiServer, SendsTheWindowAsAWaveFileWithItsFields) {
  server_.on(kPath, ServerReply{.body = R"({"text": ""})"});
  RecognitionRequest request;
  request.language = "en-US";
  request.prompt = "subtide";
  auto with_model = options();
  with_model.model = "large";
  ASSERT_TRUE(recognize(with_model, request));
  const auto received = server_.requests().front();
  EXPECT_EQ(received.header("authorization"), "Bearer sk-secret");
  EXPECT_THAT(received.body, HasSubstr("RIFF"));
  EXPECT_THAT(received.body, HasSubstr("name=\"model\"\r\n\r\nlarge"));
  EXPECT_THAT(received.body, HasSubstr("name=\"language\"\r\n\r\nen\r\n"));
  EXPECT_THAT(received.body, HasSubstr("name=\"prompt\"\r\n\r\nsubtide"));
  EXPECT_THAT(received.body, HasSubstr("verbose_json"));
  EXPECT_GT(received.body.size(), 128000U);
}

TEST_F(OpenAiServer, ASecondAttemptHasAnotherTemperatureAndNoPrompt) {
  server_.on(kPath, ServerReply{.body = R"({"text": ""})"});
  RecognitionRequest request;
  request.prompt = "subtide";
  ASSERT_TRUE(recognize(options(), request));
  request.attempt = 1;
  ASSERT_TRUE(recognize(options(), request));
  const auto first = server_.requests()[0].body;
  const auto second = server_.requests()[1].body;
  EXPECT_THAT(first, HasSubstr("name=\"temperature\"\r\n\r\n0\r\n"));
  EXPECT_THAT(second, HasSubstr("name=\"temperature\"\r\n\r\n0.4\r\n"));
  EXPECT_THAT(second, testing::Not(HasSubstr("prompt")));
}

TEST_F(OpenAiServer, JoinsThePiecesOfWordsThatWhisperCppGives) {
  const auto transcript =
      answer(R"({"language": "english", "text": " Hello there. Bye.", "segments": [
    {"start": 0.0, "end": 1.5, "text": " Hello there.", "words": [
      {"word": " Hel", "start": 0.1, "end": 0.3, "probability": 0.9},
      {"word": "lo", "start": 0.3, "end": 0.5, "probability": 0.8},
      {"word": " there", "start": 0.6, "end": 1.0, "probability": 0.7},
      {"word": ".", "start": 1.0, "end": 1.2, "probability": 0.9}]},
    {"start": 2.0, "end": 3.0, "text": " Bye.", "words": [
      {"word": " Bye", "start": 2.5, "end": 2.9, "probability": 0.5},
      {"word": ".", "start": 2.9, "end": 3.0, "probability": 0.9}]}]})");
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_THAT(texts(*transcript), ElementsAre("Hello", "there.", "Bye."));
  EXPECT_EQ(transcript->language, "en");
  EXPECT_TRUE(transcript->is_punctuated);
  EXPECT_THAT(transcript->phrase_starts, ElementsAre(0U, 2U));
  EXPECT_EQ(transcript->words[0].span, (TimeSpan{milliseconds(10100), milliseconds(10500)}));
  EXPECT_EQ(transcript->words[2].span, (TimeSpan{milliseconds(20500), milliseconds(21000)}));
  EXPECT_FLOAT_EQ(transcript->words[0].confidence, 0.8F);
}

TEST_F(OpenAiServer, TakesPunctuationFromTheTextWhereTheWordsHaveNone) {
  const auto transcript = answer(R"({"language": "en", "text": "Well - hello, World!",
    "words": [{"word": "Well", "start": 0.1, "end": 0.3}, {"word": "hello", "start": 0.4, "end": 0.7},
              {"word": "World", "start": 0.8, "end": 1.1}],
    "segments": [{"start": 0, "end": 1.2, "text": "Well - hello, World!"}]})");
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_THAT(texts(*transcript), ElementsAre("Well-", "hello,", "World!"));
  EXPECT_EQ(transcript->words[1].span, (TimeSpan{milliseconds(10400), milliseconds(10700)}));
}

TEST_F(OpenAiServer, SpreadsWordsByLengthWhereOnlySegmentsHaveTimes) {
  const auto transcript =
      answer(R"({"text": "aaa bbb", "segments": [{"start": 1.0, "end": 2.0, "text": "aaa bbb"}]})");
  ASSERT_TRUE(transcript);
  EXPECT_EQ(transcript->words[0].span, (TimeSpan{milliseconds(11000), milliseconds(11500)}));
  EXPECT_EQ(transcript->words[1].span.begin, milliseconds(11500));
}

TEST_F(OpenAiServer, SpreadsWordsOverTheWindowWhereNothingHasTimes) {
  const auto transcript = answer(R"({"text": "aaa bbb"})");
  ASSERT_TRUE(transcript);
  EXPECT_EQ(transcript->words[0].span.begin, std::chrono::seconds(10));
  EXPECT_EQ(transcript->words[1].span.end, std::chrono::seconds(22));
}

TEST_F(OpenAiServer, TimesNeverLeaveTheWindowOrRunBackwards) {
  const auto transcript = answer(R"({"text": "a b c", "segments": [{"start": -5, "end": 1e300,
    "text": "a b c", "words": [{"word": " a", "start": 3, "end": 99}, {"word": " b", "start": -4, "end": -3},
    {"word": " c", "start": 1e12, "end": 5}]}]})");
  ASSERT_TRUE(transcript);
  MediaTime last{0};
  for (const auto& word : transcript->words) {
    EXPECT_GE(word.span.begin, last);
    EXPECT_GE(word.span.end, word.span.begin);
    EXPECT_LE(word.span.end, std::chrono::seconds(22));
    last = word.span.begin;
  }
}

TEST_F(OpenAiServer, SilenceGivesNoWords) {
  const auto transcript = answer(R"({"text": "", "segments": []})");
  ASSERT_TRUE(transcript);
  EXPECT_TRUE(transcript->words.empty());
}

TEST_F(OpenAiServer, TriesAgainWhileTheServerIsBusy) {
  server_.on(kPath, std::vector<ServerReply>{{.status = 500},
                                             {.status = 429, .headers = {{"Retry-After", "1"}}},
                                             {.body = R"({"text": "Hello"})"}});
  const auto transcript = recognize(options());
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(OpenAiServer, GivesUpWithTheServersOwnWordsAndWithoutTheKey) {
  server_.on(kPath,
             ServerReply{.status = 503, .body = R"({"error": {"message": "model\nis loading"}})"});
  const auto transcript = recognize(options());
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(transcript.error().message, HasSubstr("status 503: model is loading"));
  EXPECT_THAT(transcript.error().message, Not(HasSubstr("sk-secret")));
}

TEST_F(OpenAiServer, AWrongKeyIsDeniedAtOnce) {
  server_.on(kPath, ServerReply{.status = 401, .body = "no"});
  const auto transcript = recognize(options());
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().code, ErrorCode::kDenied);
  EXPECT_THAT(transcript.error().message, HasSubstr("SUBTIDE_OPENAI_KEY"));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(OpenAiServer, SenselessAnswersAreNamed) {
  for (const char* body :
       {"", "<html>hello</html>", "[1, 2]", "{\"text\": 5}", "null", "{\"a\":"}) {
    const auto transcript = answer(body);
    ASSERT_FALSE(transcript) << body;
    EXPECT_EQ(transcript.error().code, ErrorCode::kUnavailable) << body;
    EXPECT_THAT(transcript.error().message, HasSubstr("not a transcription")) << body;
  }
}

TEST_F(OpenAiServer, StrangeTypesInsideAnAnswerDoNoHarm) {
  EXPECT_TRUE(
      answer(R"({"text": "a", "segments": [5, null, {"text": 7, "words": [1, {"word": {}}]}]})"));
  EXPECT_TRUE(answer(R"({"text": "a b", "words": "x", "segments": {"a": 1}, "language": []})"));
}

TEST_F(OpenAiServer, AnAnswerOfTwentyMegabytesIsRefused) {
  const auto transcript = answer("{\"text\": \"" + std::string(20U << 20U, 'a') + "\"}");
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().code, ErrorCode::kUnavailable);
}

TEST_F(OpenAiServer, AnAnswerOfTenMegabytesIsRead) {
  std::string text(10U << 20U, 'a');
  for (std::size_t i = 9; i < text.size(); i += 10) text[i] = ' ';
  const auto transcript = answer("{\"text\": \"" + text + "\"}");
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(transcript->words.size(), (10U << 20U) / 10);
}

TEST_F(OpenAiServer, ASlowServerIsLeft) {
  server_.on(kPath, ServerReply{.hangs = true});
  auto impatient = options();
  impatient.timeout = milliseconds(150);
  const auto transcript = recognize(impatient);
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().code, ErrorCode::kDeadline);
}

TEST_F(OpenAiServer, ARedirectToAPrivateAddressIsRefusedAndTheKeyStays) {
  HttpTestServer other;
  server_.on(kPath, ServerReply{.status = 307, .headers = {{"Location", other.url("/steal")}}});
  const auto transcript = recognize(options());
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().code, ErrorCode::kDenied);
  EXPECT_TRUE(other.requests().empty());
}

TEST(OpenAiEndpoint, FollowsThePathOfTheUrl) {
  const auto endpoint = [](const std::string& url) {
    return openai_endpoint(url, "audio/transcriptions").value_or("refused");
  };
  EXPECT_EQ(endpoint("http://h:8080"), "http://h:8080/v1/audio/transcriptions");
  EXPECT_EQ(endpoint("http://h:8080/"), "http://h:8080/v1/audio/transcriptions");
  EXPECT_EQ(endpoint("https://h/v1"), "https://h/v1/audio/transcriptions");
  EXPECT_EQ(endpoint("https://h/openai/v1/"), "https://h/openai/v1/audio/transcriptions");
  EXPECT_EQ(endpoint("http://h/inference"), "http://h/inference");
  EXPECT_EQ(endpoint("http://h/asr?version=2"), "http://h/asr?version=2");
  EXPECT_EQ(endpoint("http://ann:pw@h"), "http://ann:pw@h/v1/audio/transcriptions");
  EXPECT_EQ(endpoint("ftp://h"), "refused");
}

TEST(WhisperLanguages, NamesBecomeCodes) {
  EXPECT_EQ(language_code("english"), "en");
  EXPECT_EQ(language_code("Spanish"), "es");
  EXPECT_EQ(language_code("fr"), "fr");
  EXPECT_EQ(language_code("klingonese"), "");
}

TEST(WaveFile, HasTheHeaderOfItsSamples) {
  const std::vector<std::int16_t> samples{1, -1};
  const auto bytes = to_wave_file(samples);
  ASSERT_EQ(bytes.size(), 48U);
  EXPECT_EQ(bytes.substr(0, 16), std::string("RIFF\x28\0\0\0WAVEfmt ", 16));
  EXPECT_EQ(bytes.substr(36), std::string("data\x04\0\0\0\x01\0\xFF\xFF", 12));
}

// whisper.cpp's own server, with the mini model, on a free port.
class WhisperServer : public testing::Test {
 protected:
  void SetUp() override {
    const auto port = url_where_nothing_listens().substr(std::string("http://127.0.0.1:").size());
    url_ = "http://127.0.0.1:" + port;
    server_ = std::make_unique<RunningProgram>(std::vector<std::string>{
        WHISPER_SERVER, "-m", (source_root() / "models/mini/ggml-mini.en.bin").string(), "--host",
        "127.0.0.1", "--port", port, "-t", "2"});
    HttpClient client;
    HttpRequest probe;
    probe.url = url_ + "/";
    RetryPolicy patience;
    patience.max_attempts = 200;
    patience.first_pause = milliseconds(50);
    patience.longest_pause = milliseconds(100);
    ASSERT_TRUE(request_with_retries(client, probe, patience)) << server_->err();
  }

  std::string url_;
  std::unique_ptr<RunningProgram> server_;
};

TEST_F(WhisperServer, IsUnderstood) {
  const auto spoken = speak("The president will sign the new budget tomorrow morning.", {});
  const auto audio = *AudioWindow::create(spoken.samples, {{0, std::chrono::seconds(100)}});
  OpenAiOptions options;
  options.url = url_ + "/inference";
  const auto recognizer = *make_openai_recognizer(options, std::make_shared<HttpClient>());
  const auto transcript = recognizer->recognize(*audio, {});
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(to_text(transcript->words), "The president will sign the new budget tomorrow morning.");
  EXPECT_EQ(transcript->language, "en");
  EXPECT_TRUE(transcript->is_punctuated);
  ASSERT_EQ(transcript->words.size(), spoken.words.size());
  for (std::size_t i = 0; i < spoken.words.size(); ++i) {
    const auto& word = transcript->words[i];
    const auto truth = spoken.words[i].span.begin + std::chrono::seconds(100);
    EXPECT_LT(std::chrono::abs(word.span.begin - truth), milliseconds(600)) << word.text;
    EXPECT_TRUE(audio->span().begin <= word.span.begin && word.span.end <= audio->span().end);
  }
}

TEST_F(WhisperServer, AnswersSeveralLanesTheSame) {
  const auto spoken = speak("Please show the hospital.", {});
  const auto audio = *AudioWindow::create(spoken.samples, {{0, MediaTime(0)}});
  OpenAiOptions options;
  options.url = url_ + "/inference";
  const auto recognizer = *make_openai_recognizer(options, std::make_shared<HttpClient>());
  std::array<std::string, 3> answers;
  {
    std::vector<std::jthread> lanes;
    for (auto& text : answers) {
      lanes.emplace_back([&] {
        const auto transcript = recognizer->recognize(*audio, {});
        text = transcript ? to_text(transcript->words) : transcript.error().message;
      });
    }
  }
  EXPECT_THAT(answers, testing::Each("Please show the hospital."));
}

}  // namespace
}  // namespace subtide
