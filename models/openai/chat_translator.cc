#include "models/openai/chat_translator.h"

#include <algorithm>
#include <utility>

#include "engine/net/url.h"
#include "models/openai/chat_protocol.h"
#include "models/openai/endpoint.h"

namespace subtide {
namespace {

// Small models lose count in long lists.
constexpr std::size_t kMostSentences = 16;
constexpr std::size_t kMostContext = 2;

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

class ChatTranslator : public Translator {
 public:
  ChatTranslator(OpenAiOptions options, std::string endpoint, std::shared_ptr<HttpClient> client)
      : options_(std::move(options)), endpoint_(std::move(endpoint)), client_(std::move(client)) {
    traits_.spec = "openai-chat:" + parse_url(options_.url)->for_messages() + "#" + options_.model;
    traits_.detail = fmt::format("{} at {}", options_.model, parse_url(endpoint_)->for_messages());
    traits_.is_punctuated = true;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    std::vector<std::string> texts;  // those that hold anything
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      auto text = on_one_line(sentences[i]);
      if (text.empty()) continue;
      texts.push_back(std::move(text));
      places.push_back(i);
    }
    auto translated = translate_texts(texts, request);
    if (!translated) return translated;
    std::vector<std::string> results(sentences.size());
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = (*translated)[i];
    return results;
  }

 private:
  Result<std::vector<std::string>> translate_texts(const std::vector<std::string>& texts,
                                                   TranslationRequest request) {
    std::vector<std::string> all;
    const std::span<const std::string> whole(texts);
    for (std::size_t begin = 0; begin < texts.size(); begin += kMostSentences) {
      const auto batch = whole.subspan(begin, std::min(kMostSentences, texts.size() - begin));
      auto translated = translate_batch(batch, request);
      if (!translated) return translated;
      for (auto& text : *translated) all.push_back(on_one_line(std::move(text)));
      const auto context = batch.last(std::min(kMostContext, batch.size()));
      request.context.assign(context.begin(), context.end());
    }
    return all;
  }

  Result<std::vector<std::string>> translate_batch(std::span<const std::string> batch,
                                                   const TranslationRequest& request) {
    const auto messages = translation_messages(batch, request);
    auto first = ask(messages, request);
    if (!first) return std::move(first.error());
    auto translated = read_translations(*first, batch.size());
    if (translated) return translated;
    auto second = ask(repair_messages(messages, *first, translated.error().message), request);
    if (!second) return std::move(second.error());
    auto repaired = read_translations(*second, batch.size());
    if (repaired) return repaired;
    return make_error(ErrorCode::kUnavailable,
                      "{} did not translate {} sentences one for one: {}; try another model",
                      traits_.spec, batch.size(), repaired.error().message);
  }

  Result<std::string> ask(const std::vector<ChatMessage>& messages,
                          const TranslationRequest& request) {
    HttpRequest post = openai_request(endpoint_, options_, request.stop);
    post.headers.push_back({"Content-Type", "application/json"});
    post.body = chat_body(options_.model, messages);
    auto body = openai_body(request_with_retries(*client_, post, options_.retries), endpoint_);
    if (!body) return body;
    auto content = chat_content(*body);
    if (!content) return senseless_answer(endpoint_, "a chat completion");
    return content;
  }

  OpenAiOptions options_;
  std::string endpoint_;
  std::shared_ptr<HttpClient> client_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<Translator>> make_chat_translator(OpenAiOptions options,
                                                         std::shared_ptr<HttpClient> client) {
  auto endpoint = openai_endpoint(options.url, "chat/completions");
  if (!endpoint) return std::move(endpoint.error());
  if (options.model.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "openai-chat needs the name of a model: openai-chat:URL#MODEL");
  }
  return std::make_shared<ChatTranslator>(std::move(options), std::move(*endpoint),
                                          std::move(client));
}

}  // namespace subtide
