#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/net/address_rules.h"

namespace subtide {

enum class HttpMethod { kGet, kPost };

struct HttpHeader {
  std::string name;
  std::string value;
};

struct MultipartPart {
  std::string name;
  std::string body;
  std::string file_name;     ///< empty for a plain field
  std::string content_type;  ///< empty: none is sent
};

/// Who chose the address.
enum class UrlTrust {
  kUserGiven,  ///< the user's own command line or configuration: any address may be meant
  kFound,      ///< named by content or a server: public addresses only
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;
  UrlTrust trust = UrlTrust::kUserGiven;
  std::vector<AddressRange> allowed;  ///< not public, and allowed nevertheless
  std::vector<HttpHeader> headers;    ///< not handed on to another origin by a redirect
  std::variant<std::monostate, std::string, std::vector<MultipartPart>> body;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds timeout = std::chrono::seconds(60);  ///< for the whole exchange
  std::size_t max_response = 16U << 20U;
  std::stop_token stop;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  ///< names in lower case
  std::string body;
  std::string url;  ///< where it came from in the end, without user and password

  /// The first of that (lower-case) name.
  std::optional<std::string> header(std::string_view name) const;
};

/// How far a download is, in bytes of the whole file; the total when the server tells it.
using DownloadProgress =
    std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)>;

struct DownloadRequest {
  std::string url;
  UrlTrust trust = UrlTrust::kUserGiven;
  std::vector<HttpHeader> headers;
  int descriptor = -1;            ///< open for writing; stays the caller's
  std::uint64_t resume_from = 0;  ///< bytes of the file that are there from an earlier try
  std::optional<std::uint64_t> expected_size;
  std::uint64_t max_size = std::uint64_t{1} << 40U;
  int max_attempts = 5;  ///< in a row without a byte of progress
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds retry_pause = std::chrono::seconds(1);  ///< doubles with each attempt
  DownloadProgress progress;  ///< called on the caller's thread; must not throw
  std::stop_token stop;
};

struct DownloadOutcome {
  std::uint64_t size = 0;
  std::string content_type;  ///< as the server says; may be empty
  bool was_resumed = false;  ///< bytes of an earlier try were kept
};

struct StreamRequest {
  std::string url;
  UrlTrust trust = UrlTrust::kUserGiven;
  std::vector<AddressRange> allowed;
  std::vector<HttpHeader> headers;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// Each piece of the body, on the caller's thread; may wait. An error ends the transfer.
  std::function<Status(std::string_view)> take;
  std::stop_token stop;
};

/// The one way out of the process: every outgoing request of the program goes through here.
///
/// Only http and https. A URL that the user gave may lead anywhere; every other one, and every
/// redirect to another origin, must lead to public addresses: each address is checked at the moment
/// of connecting, after name resolution. At most three redirects, never from https to http, and
/// with a body only by 307 and 308. Proxies of the environment are used as curl uses them; a proxy
/// does the resolving, so behind one only literal hosts are checked.
///
/// Owner:   the caller; not movable. Connections are kept for further requests.
/// Threads: any; each call blocks its own thread and wakes soon after its stop token is asked.
/// Errors:  a response with any status is a value of request(). kInvalidArgument (URL), kDenied
/// (address
///          rule, certificate), kUnavailable (offline, refused, broken, stopped), kDeadline,
///          kBadInput (response too large, senseless redirect). Messages hold no user, password or
///          query.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> request(const HttpRequest& request);

  /// Fetches a file, continuing after breaks by Range requests; also kNotFound, kNoSpace, kIo, and
  /// kBadInput when the size is not the expected one. On errors the descriptor keeps what came.
  Result<DownloadOutcome> download(const DownloadRequest& request);

  /// Fetches a body of any length piece by piece. Also kNotFound (404), kDenied (401, 403) and
  /// kUnavailable for every other status but 200 and 206, and the error that `take` gave.
  Status stream(const StreamRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace subtide
