#include "engine/api/access.h"

#include <string_view>

namespace subtide {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr const char* kCookie = "subtide_token";
constexpr std::string_view kBearer = "Bearer ";

constexpr const char* kLoginPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>subtide</title>"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<form method=\"post\" action=\"/login\" style=\"font:16px sans-serif;margin:20vh auto;"
    "max-width:20em\"><label>Token<br><input name=\"token\" type=\"password\" autofocus "
    "autocomplete=\"current-password\" style=\"width:100%\"></label>"
    "<p><button>Watch</button></form></html>\n";

/// Takes as long for a wrong token as for the right one of its length.
bool is_same(std::string_view given, std::string_view token) {
  unsigned difference = given.size() == token.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = token[token.empty() ? 0 : i % token.size()];
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string form_value(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                           hex_value(text[i + 2]) >= 0;
    if (is_escape) {
      value += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      value += text[i] == '+' ? ' ' : text[i];
    }
  }
  return value;
}

/// What a token may be made of, so that it fits into a header and a cookie as it is.
bool is_token_text(std::string_view token) {
  return token.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "-._~+/=") == std::string_view::npos;
}

}  // namespace

Result<Access> Access::create(const HttpServerOptions& options, std::string token) {
  if (!token.empty() && (token.size() < kShortestToken || !is_token_text(token))) {
    return make_error(ErrorCode::kInvalidArgument,
                      "the token must have at least {} letters and digits; make one with: "
                      "openssl rand -hex 32",
                      kShortestToken);
  }
  if (token.empty() && !is_loopback(options)) {
    return make_error(ErrorCode::kDenied,
                      "{} can be reached from other machines: give --token (or SUBTIDE_TOKEN), or "
                      "listen on 127.0.0.1:{}",
                      options.address, options.port);
  }
  return Access(std::move(token));
}

bool Access::lets_in(const ServerRequest& request) const {
  if (is_open()) return true;
  const std::string header = request.header("authorization");
  if (std::string_view(header).starts_with(kBearer)) {
    return is_same(std::string_view(header).substr(kBearer.size()), token_);
  }
  return is_same(request.cookie(kCookie), token_);
}

ServerAnswer Access::refusal(const ServerRequest& request) const {
  const HttpHeaders headers = {{"WWW-Authenticate", "Bearer"}, {"Cache-Control", "no-store"}};
  if (request.header("accept").find("text/html") != std::string::npos) {
    return make_answer(401, "text/html; charset=utf-8", kLoginPage, headers);
  }
  return make_answer(401, "text/plain; charset=utf-8",
                     "A token is needed: send it as 'Authorization: Bearer TOKEN'.\n", headers);
}

ServerAnswer Access::log_in(const ServerRequest& request) const {
  constexpr std::string_view kField = "token=";
  const std::string_view body = request.body;
  const std::string given = body.starts_with(kField) ? form_value(body.substr(kField.size())) : "";
  if (is_open() || !is_same(given, token_)) return refusal(request);
  return make_answer(303, "text/plain", "",
                     {{"Location", "/"},
                      {"Cache-Control", "no-store"},
                      {"Set-Cookie", std::string(kCookie) + "=" + token_ +
                                         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400"}});
}

bool Access::is_same_origin(const ServerRequest& request) {
  const std::string origin = request.header("origin");
  if (origin.empty()) return true;
  const std::string host = request.header("host");
  return origin == "http://" + host || origin == "https://" + host;
}

}  // namespace subtide
