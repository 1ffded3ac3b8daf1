#pragma once

#include <sys/socket.h>

#include <string>

namespace subtide {

/// True for an address of the public internet.
///
/// False for everything else: loopback, private, link-local, unique local, carrier-grade NAT,
/// multicast, documentation, benchmark and reserved ranges, other families than IPv4 and IPv6; and
/// for IPv6 addresses that carry such an IPv4 address inside (mapped, NAT64, 6to4).
///
/// Source: the IANA special-purpose registries for IPv4 and IPv6.
bool is_public_address(const sockaddr& address);

/// The same for a literal such as "10.0.0.1" or "[::1]"; true for a name, which is judged when it
/// is resolved.
bool may_be_public_host(const std::string& host);

}  // namespace subtide
