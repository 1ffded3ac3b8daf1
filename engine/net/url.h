#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// An absolute http or https address, taken apart and normalised by libcurl's own parser, so what
/// was checked is what is asked for.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string user;    ///< decoded; empty when there is none
  std::string password;
  std::string host;  ///< lower case; IPv6 in brackets; odd IPv4 spellings as dotted decimal
  std::string port;  ///< never empty: the scheme's own where none was given
  std::string path;  ///< begins with '/'
  std::string query;

  /// Without user, password and fragment, which are never sent as part of an address.
  std::string to_request() const;
  /// For messages and logs: without user, password, query and fragment, where secrets live.
  std::string for_messages() const;
};

/// Errors: kInvalidArgument (not an absolute http or https URL; the message has no secrets in it).
Result<Url> parse_url(std::string_view text);

/// The address that a redirect's Location means. Errors: kBadInput.
Result<Url> resolve_url(const Url& base, std::string_view location);

bool has_same_origin(const Url& a, const Url& b);

/// True when the host is this machine by name or number: localhost, 127.0.0.0/8, [::1].
bool names_this_machine(const Url& url);

}  // namespace subtide
