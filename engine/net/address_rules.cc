#include "engine/net/address_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace subtide {
namespace {

struct Range4 {
  std::uint32_t first;
  int prefix;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

constexpr std::array kNotPublic4{
    Range4{v4(0, 0, 0, 0), 8},       Range4{v4(10, 0, 0, 0), 8},
    Range4{v4(100, 64, 0, 0), 10},   Range4{v4(127, 0, 0, 0), 8},
    Range4{v4(169, 254, 0, 0), 16},  Range4{v4(172, 16, 0, 0), 12},
    Range4{v4(192, 0, 0, 0), 24},    Range4{v4(192, 0, 2, 0), 24},
    Range4{v4(192, 31, 196, 0), 24}, Range4{v4(192, 52, 193, 0), 24},
    Range4{v4(192, 88, 99, 0), 24},  Range4{v4(192, 168, 0, 0), 16},
    Range4{v4(192, 175, 48, 0), 24}, Range4{v4(198, 18, 0, 0), 15},
    Range4{v4(198, 51, 100, 0), 24}, Range4{v4(203, 0, 113, 0), 24},
    Range4{v4(224, 0, 0, 0), 3},
};

bool is_public4(std::uint32_t address) {
  return std::none_of(kNotPublic4.begin(), kNotPublic4.end(), [address](const Range4& range) {
    return (address ^ range.first) >> (32 - range.prefix) == 0;
  });
}

using Bytes6 = std::array<std::uint8_t, 16>;

std::uint32_t four_bytes(const Bytes6& bytes, std::size_t at) {
  return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool starts_with(const Bytes6& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool is_public6(const Bytes6& bytes) {
  const bool is_mapped = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF});
  const bool is_nat64 = starts_with(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0});
  if (is_mapped || is_nat64) return is_public4(four_bytes(bytes, 12));
  if (starts_with(bytes, {0x20, 0x02})) return is_public4(four_bytes(bytes, 2));  // 6to4
  const bool is_global_unicast = (bytes[0] & 0xE0U) == 0x20;
  const bool is_protocol_use =
      starts_with(bytes, {0x20, 0x01}) && bytes[2] < 0x02;  // Teredo, ORCHID
  const bool is_documentation = starts_with(bytes, {0x20, 0x01, 0x0D, 0xB8}) ||
                                (starts_with(bytes, {0x3F, 0xFF}) && bytes[2] < 0x10);
  return is_global_unicast && !is_protocol_use && !is_documentation;
}

Bytes6 mapped(const in_addr& four) {
  Bytes6 bytes{};
  bytes[10] = 0xFF;
  bytes[11] = 0xFF;
  std::memcpy(bytes.data() + 12, &four, sizeof(four));
  return bytes;
}

std::optional<Bytes6> bytes_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof(in));
    return mapped(in.sin_addr);
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof(in));
  Bytes6 bytes{};
  std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
  return bytes;
}

struct Literal {
  sockaddr_storage address{};
  bool is_four = false;
};

std::optional<Literal> read_literal(std::string bare) {
  if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
  bare = bare.substr(0, bare.find('%'));
  Literal found;
  sockaddr_in four{};
  if (::inet_pton(AF_INET, bare.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&found.address, &four, sizeof(four));
    found.is_four = true;
    return found;
  }
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET6, bare.c_str(), &six.sin6_addr) != 1) return std::nullopt;
  six.sin6_family = AF_INET6;
  std::memcpy(&found.address, &six, sizeof(six));
  return found;
}

const sockaddr& as_sockaddr(const Literal& literal) {
  return reinterpret_cast<const sockaddr&>(literal.address);
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof(in));
    return is_public4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof(in));
    Bytes6 bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

bool may_be_public_host(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return false;
  const auto literal = read_literal(host);
  return !literal || is_public_address(as_sockaddr(*literal));
}

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const auto refuse = [text] {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' is no network; write one as in 192.168.0.0/16 or fd00::/8", text);
  };
  const auto slash = text.find('/');
  const auto literal = read_literal(std::string(text.substr(0, slash)));
  if (!literal) return refuse();
  const int most = literal->is_four ? 32 : 128;
  int prefix = most;
  if (slash != std::string_view::npos) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + slash + 1, end, prefix);
    if (read.ec != std::errc() || read.ptr != end || prefix < 0 || prefix > most) return refuse();
  }
  AddressRange range;
  range.bytes_ = *bytes_of(as_sockaddr(*literal));
  range.prefix_ = literal->is_four ? prefix + 96 : prefix;
  return range;
}

bool AddressRange::contains(const sockaddr& address) const {
  const auto bytes = bytes_of(address);
  if (!bytes) return false;
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  if (!std::equal(bytes_.begin(), bytes_.begin() + prefix_ / 8, bytes->begin())) return false;
  if (prefix_ % 8 == 0) return true;
  return ((bytes_[whole] ^ (*bytes)[whole]) >> (8 - prefix_ % 8)) == 0;
}

bool is_allowed_address(const sockaddr& address, std::span<const AddressRange> allowed) {
  return is_public_address(address) ||
         std::any_of(allowed.begin(), allowed.end(),
                     [&](const AddressRange& range) { return range.contains(address); });
}

bool may_be_allowed_host(const std::string& host, std::span<const AddressRange> allowed) {
  if (may_be_public_host(host)) return true;
  if (allowed.empty()) return false;
  const auto literal = read_literal(host);
  return !literal || is_allowed_address(as_sockaddr(*literal), allowed);
}

}  // namespace subtide
