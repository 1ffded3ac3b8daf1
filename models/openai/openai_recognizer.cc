#include "models/openai/openai_recognizer.h"

#include <utility>

#include "engine/net/url.h"
#include "models/openai/endpoint.h"
#include "models/openai/transcription_answer.h"
#include "models/openai/wave_file.h"

namespace subtide {
namespace {

constexpr std::size_t kLongestPrompt = 800;       // about Whisper's 224 tokens
constexpr const char* kOtherTemperature = "0.4";  // for a second attempt

class OpenAiRecognizer : public Recognizer {
 public:
  OpenAiRecognizer(OpenAiOptions options, std::string endpoint, std::shared_ptr<HttpClient> client)
      : options_(std::move(options)), endpoint_(std::move(endpoint)), client_(std::move(client)) {
    const std::string where = parse_url(endpoint_)->for_messages();
    traits_.spec = "openai:" + parse_url(options_.url)->for_messages() +
                   (options_.model.empty() ? "" : "#" + options_.model);
    traits_.detail = "transcription server at " + where;
    traits_.is_punctuated = true;
    if (options_.model.empty()) options_.model = "whisper-1";
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    HttpRequest post = openai_request(endpoint_, options_, request.stop);
    post.body = fields(window, request);
    auto body = openai_body(request_with_retries(*client_, post, options_.retries), endpoint_);
    if (!body) return std::move(body.error());
    auto transcript = read_transcription(*body, window);
    if (!transcript) return senseless_answer(endpoint_, "a transcription");
    if (transcript->language.empty() && request.language != "auto") {
      transcript->language = request.language;
    }
    return transcript;
  }

 private:
  std::vector<MultipartPart> fields(const AudioWindow& window,
                                    const RecognitionRequest& request) const {
    std::vector<MultipartPart> parts{
        {"file", to_wave_file(window.samples()), "window.wav", "audio/wav"},
        {"model", options_.model, "", ""},
        {"response_format", "verbose_json", "", ""},
        {"timestamp_granularities[]", "word", "", ""},
        {"timestamp_granularities[]", "segment", "", ""},
        {"temperature", request.attempt > 0 ? kOtherTemperature : "0", "", ""},
        // whisper.cpp's server would run the encoder once more for them.
        {"no_language_probabilities", "true", "", ""}};
    if (request.language != "auto" && !request.language.empty()) {
      parts.push_back({"language", request.language.substr(0, request.language.find('-')), "", ""});
    }
    if (!request.prompt.empty() && request.attempt == 0) {
      const auto begin = request.prompt.size() - std::min(request.prompt.size(), kLongestPrompt);
      parts.push_back({"prompt", request.prompt.substr(begin), "", ""});
    }
    return parts;
  }

  OpenAiOptions options_;
  std::string endpoint_;
  std::shared_ptr<HttpClient> client_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<Recognizer>> make_openai_recognizer(OpenAiOptions options,
                                                           std::shared_ptr<HttpClient> client) {
  auto endpoint = openai_endpoint(options.url, "audio/transcriptions");
  if (!endpoint) return std::move(endpoint.error());
  return std::make_shared<OpenAiRecognizer>(std::move(options), std::move(*endpoint),
                                            std::move(client));
}

}  // namespace subtide
