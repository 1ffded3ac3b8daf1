#include "engine/net/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace subtide {
namespace {

struct UrlCleanup {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlCleanup>;

constexpr std::size_t kLongestUrl = 8192;

std::string part_of(CURLU* handle, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// What people may read of an address that could not be taken apart: nothing after '?', '#' or '@'.
std::string readable_part(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text = text.substr(at + 1);
  std::string shown(text.substr(0, 120));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return shown;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

Result<Url> take_apart(CURLU* handle) {
  Url url;
  url.scheme = part_of(handle, CURLUPART_SCHEME, 0);
  if (url.scheme != "http" && url.scheme != "https") {
    return make_error(ErrorCode::kInvalidArgument, "{}: only http and https are allowed",
                      url.scheme.empty() ? "URL" : url.scheme);
  }
  url.user = part_of(handle, CURLUPART_USER, CURLU_URLDECODE);
  url.password = part_of(handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
  url.host = part_of(handle, CURLUPART_HOST, 0);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  url.port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.path = part_of(handle, CURLUPART_PATH, 0);
  url.query = part_of(handle, CURLUPART_QUERY, 0);
  if (url.host.empty()) return make_error(ErrorCode::kInvalidArgument, "the URL names no host");
  return url;
}

std::string origin_of(const Url& url) {
  const bool is_usual = url.port == (url.scheme == "https" ? "443" : "80");
  return url.scheme + "://" + url.host + (is_usual ? "" : ":" + url.port);
}

}  // namespace

std::string Url::to_request() const {
  return origin_of(*this) + path + (query.empty() ? "" : "?" + query);
}

std::string Url::for_messages() const { return origin_of(*this) + path; }

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return make_error(ErrorCode::kInvalidArgument, "'{}' is not a usable URL: {}",
                      readable_part(text), why);
  };
  if (text.size() > kLongestUrl) return refuse("it is too long");
  if (has_control_characters(text)) return refuse("it holds spaces or control characters");
  if (text.find("://") == std::string_view::npos)
    return refuse("it must begin with http:// or https://");
  const UrlHandle handle(curl_url());
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) return refuse(curl_url_strerror(code));
  auto url = take_apart(handle.get());
  if (!url) return refuse(url.error().message);
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
  const auto refuse = [&](std::string_view why) {
    return make_error(ErrorCode::kBadInput, "{} redirects to an unusable address: {}",
                      base.for_messages(), why);
  };
  if (location.size() > kLongestUrl || has_control_characters(location)) {
    return refuse("too long, or with control characters");
  }
  const UrlHandle handle(curl_url());
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, base.to_request().c_str(),
                                CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_OK) {
    code = curl_url_set(handle.get(), CURLUPART_URL, std::string(location).c_str(),
                        CURLU_NON_SUPPORT_SCHEME);
  }
  if (code != CURLUE_OK) return refuse(curl_url_strerror(code));
  auto url = take_apart(handle.get());
  if (!url) return refuse(url.error().message);
  return url;
}

bool has_same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool names_this_machine(const Url& url) {
  return url.host == "localhost" || url.host == "[::1]" ||
         (url.host.starts_with("127.") &&
          url.host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace subtide
