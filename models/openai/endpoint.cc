#include "models/openai/endpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/net/url.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kLongestComplaint = 200;

std::string shown(const std::string& endpoint) {
  const auto url = parse_url(endpoint);
  return url ? url->for_messages() : "the server";
}

// What the server itself says, on one line: {"error": "..."} or {"error": {"message": "..."}}.
std::string complaint_in(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  std::string text;
  if (json.is_object() && json.contains("error")) {
    const auto& error = json["error"];
    if (error.is_string()) text = error.get<std::string>();
    if (error.is_object() && error.contains("message") && error["message"].is_string()) {
      text = error["message"].get<std::string>();
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  if (text.size() > kLongestComplaint) text.resize(kLongestComplaint);
  return text.empty() ? text : ": " + text;
}

ErrorCode code_of(int status) {
  if (status == 401 || status == 403) return ErrorCode::kDenied;
  if (status == 408 || status == 429 || status >= 500) return ErrorCode::kUnavailable;
  return ErrorCode::kUnsupported;
}

std::string_view advice_for(int status) {
  switch (status) {
    case 401:
    case 403:
      return "; check the key in SUBTIDE_OPENAI_KEY";
    case 404:
    case 405:
      return "; check the address and the model name";
    case 429:
      return "; it is busy or the quota is used up";
    default:
      return "";
  }
}

}  // namespace

Result<std::string> openai_endpoint(const std::string& text, std::string_view call) {
  auto url = parse_url(text);
  if (!url) return std::move(url.error());
  std::string path = url->path;
  while (path.ends_with('/')) path.pop_back();
  if (path.empty()) {
    url->path = "/v1/" + std::string(call);
  } else if (path.ends_with("/v1")) {
    url->path = path + "/" + std::string(call);
  }
  std::string endpoint = url->to_request();
  if (url->user.empty()) return endpoint;
  // The user of the address is part of how it is asked, and is kept as it was written.
  const auto begin = text.find("://") + 3;
  return endpoint.insert(endpoint.find("://") + 3, text.substr(begin, text.find('@') + 1 - begin));
}

HttpRequest openai_request(const std::string& endpoint, const OpenAiOptions& options,
                           std::stop_token stop) {
  HttpRequest request;
  request.method = HttpMethod::kPost;
  request.url = endpoint;
  request.timeout = options.timeout;
  request.stop = std::move(stop);
  if (!options.key.empty()) request.headers.push_back({"Authorization", "Bearer " + options.key});
  return request;
}

Result<std::string> openai_body(Result<HttpResponse> answer, const std::string& endpoint) {
  if (!answer) {
    // The stream's data is not at fault when a server's answer is too long.
    const auto code =
        answer.error().code == ErrorCode::kBadInput ? ErrorCode::kUnavailable : answer.error().code;
    return Error{code, std::move(answer.error().message)};
  }
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  return make_error(code_of(answer->status), "{} answered with status {}{}{}", shown(endpoint),
                    answer->status, complaint_in(answer->body), advice_for(answer->status));
}

Error senseless_answer(const std::string& endpoint, std::string_view what) {
  return make_error(ErrorCode::kUnavailable, "{} answered with something that is not {}",
                    shown(endpoint), what);
}

}  // namespace subtide
