#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"

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

/// A network such as "192.168.0.0/16", "10.1.2.3" or "fd00::/8".
class AddressRange {
 public:
  /// Errors: kInvalidArgument.
  static Result<AddressRange> parse(std::string_view text);

  /// An IPv4 address that is written as IPv6 (::ffff:10.0.0.1) counts as the IPv4 one.
  bool contains(const sockaddr& address) const;

  bool operator==(const AddressRange&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 mapped into IPv6
  int prefix_ = 128;
};

/// Whether an address that content named may be connected to: a public one, or one of `allowed`.
bool is_allowed_address(const sockaddr& address, std::span<const AddressRange> allowed);

/// The same for a literal; true for a name, which is judged when it is resolved.
bool may_be_allowed_host(const std::string& host, std::span<const AddressRange> allowed);

}  // namespace subtide
