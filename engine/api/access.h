#pragma once

#include <string>

#include "engine/api/http_server.h"
#include "engine/base/result.h"

namespace subtide {

/// Who may use the server: everyone on this machine, or whoever shows the token.
///
/// The token comes as "Authorization: Bearer TOKEN" or in the cookie that log_in() sets; it is
/// never part of an address, because addresses end up in logs.
///
/// Owner:   the caller; a value. Threads: any.
/// Errors:  create(): kDenied for an address beyond loopback without a token.
class Access {
 public:
  static Result<Access> create(const HttpServerOptions& options, std::string token);

  bool is_open() const { return token_.empty(); }
  bool lets_in(const ServerRequest& request) const;
  /// The answer to who is not let in: the page to log in with for browsers, a line for programs.
  ServerAnswer refusal(const ServerRequest& request) const;
  /// Takes the form of that page.
  ServerAnswer log_in(const ServerRequest& request) const;

  /// Whether a request that changes something comes from a page of ours or from no page at all:
  /// a page of somebody else's must not use a visitor's browser to reach us.
  static bool is_same_origin(const ServerRequest& request);

 private:
  explicit Access(std::string token) : token_(std::move(token)) {}
  std::string token_;
};

}  // namespace subtide
