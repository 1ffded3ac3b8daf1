#include "models/libretranslate/libretranslate_translator.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/net/url.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMostSentences = 50;
constexpr std::size_t kLongestComplaint = 200;

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string complaint_in(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_string()) return {};
  return ": " + on_one_line(json["error"].get<std::string>()).substr(0, kLongestComplaint);
}

Error status_error(const HttpResponse& answer, const std::string& where) {
  const int status = answer.status;
  const auto code = [status] {
    if (status == 401 || status == 403) return ErrorCode::kDenied;
    if (status == 408 || status == 429 || status >= 500) return ErrorCode::kUnavailable;
    return ErrorCode::kUnsupported;
  }();
  return make_error(code, "{} answered with status {}{}{}", where, status,
                    complaint_in(answer.body),
                    code == ErrorCode::kDenied ? "; check SUBTIDE_LIBRETRANSLATE_KEY" : "");
}

// The list "translatedText", when it has `count` texts.
Result<std::vector<std::string>> read_answer(const std::string& body, std::size_t count,
                                             const std::string& where) {
  const Json json = Json::parse(body, nullptr, false);
  const bool has_list =
      json.is_object() && json.contains("translatedText") && json["translatedText"].is_array();
  if (!has_list) {
    return make_error(ErrorCode::kUnavailable,
                      "{} answered with something that is not a list of translations", where);
  }
  const auto& list = json["translatedText"];
  if (list.size() != count) {
    return make_error(ErrorCode::kUnavailable, "{} answered with {} translations instead of {}",
                      where, list.size(), count);
  }
  std::vector<std::string> texts;
  for (const auto& text : list) {
    if (!text.is_string()) {
      return make_error(ErrorCode::kUnavailable, "{} answered with a translation that is not text",
                        where);
    }
    texts.push_back(on_one_line(text.get<std::string>()));
  }
  return texts;
}

class LibreTranslateTranslator : public Translator {
 public:
  LibreTranslateTranslator(LibreTranslateOptions options, std::string endpoint, std::string where,
                           std::shared_ptr<HttpClient> client)
      : options_(std::move(options)),
        endpoint_(std::move(endpoint)),
        where_(std::move(where)),
        client_(std::move(client)) {
    traits_.spec = "libretranslate:" + parse_url(options_.url)->for_messages();
    traits_.detail = "LibreTranslate server at " + where_;
    traits_.is_punctuated = true;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    std::vector<std::string> texts;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      auto text = on_one_line(sentences[i]);
      if (text.empty()) continue;
      texts.push_back(std::move(text));
      places.push_back(i);
    }
    std::vector<std::string> results(sentences.size());
    for (std::size_t begin = 0; begin < texts.size(); begin += kMostSentences) {
      const auto count = std::min(kMostSentences, texts.size() - begin);
      auto batch =
          translate_batch(std::span<const std::string>(texts).subspan(begin, count), request);
      if (!batch) return batch;
      for (std::size_t i = 0; i < count; ++i) results[places[begin + i]] = (*batch)[i];
    }
    return results;
  }

 private:
  Result<std::vector<std::string>> translate_batch(std::span<const std::string> batch,
                                                   const TranslationRequest& request) {
    HttpRequest post;
    post.method = HttpMethod::kPost;
    post.url = endpoint_;
    post.headers = {{"Content-Type", "application/json"}};
    post.body = body_for(batch, request);
    post.timeout = options_.timeout;
    post.stop = request.stop;
    auto answer = request_with_retries(*client_, post, options_.retries);
    if (!answer) {
      const auto code = answer.error().code == ErrorCode::kBadInput ? ErrorCode::kUnavailable
                                                                    : answer.error().code;
      return Error{code, std::move(answer.error().message)};
    }
    if (answer->status < 200 || answer->status > 299) return status_error(*answer, where_);
    return read_answer(answer->body, batch.size(), where_);
  }

  std::string body_for(std::span<const std::string> batch,
                       const TranslationRequest& request) const {
    const auto primary = [](const std::string& tag) { return tag.substr(0, tag.find('-')); };
    Json json{{"q", std::vector<std::string>(batch.begin(), batch.end())},
              {"source", primary(request.source_language)},
              {"target", primary(request.target_language)},
              {"format", "text"}};
    if (!options_.key.empty()) json["api_key"] = options_.key;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  LibreTranslateOptions options_;
  std::string endpoint_;
  std::string where_;
  std::shared_ptr<HttpClient> client_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<Translator>> make_libretranslate_translator(
    LibreTranslateOptions options, std::shared_ptr<HttpClient> client) {
  auto url = parse_url(options.url);
  if (!url) return std::move(url.error());
  std::string endpoint = options.url;
  if (url->path == "/") {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    endpoint += "/translate";
    url->path = "/translate";
  }
  return std::make_shared<LibreTranslateTranslator>(std::move(options), std::move(endpoint),
                                                    url->for_messages(), std::move(client));
}

}  // namespace subtide
