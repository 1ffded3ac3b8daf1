#include "engine/events/bus_endpoint.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "engine/base/folders.h"

namespace subtide {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kKeyLength = 40;

bool is_key(std::string_view text) {
  constexpr std::string_view kZ85Marks = ".-:+=^!/*?&<>()[]{}@%$#";
  return text.size() == kKeyLength && std::ranges::all_of(text, [&](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                  (letter >= 'A' && letter <= 'Z') || kZ85Marks.find(letter) != kZ85Marks.npos;
         });
}

/// Loopback or private by RFC 1918 and RFC 4193.
bool is_near(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    const std::uint32_t address = ntohl(four.s_addr);
    return (address >> 24) == 127 || (address >> 24) == 10 || (address >> 20) == 0xac1 ||
           (address >> 16) == 0xc0a8;
  }
  in6_addr six{};
  if (!host.starts_with('[') || !host.ends_with(']')) return false;
  if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&six) || (six.s6_addr[0] & 0xfe) == 0xfc;
}

/// A socket file that a dead process left behind does not answer.
bool answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), kLongestSocketPath));
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool is_there =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return is_there;
}

Status check_ipc(const std::string& endpoint) {
  if (endpoint.size() == kIpc.size() || endpoint.size() - kIpc.size() > kLongestSocketPath) {
    return make_error(ErrorCode::kInvalidArgument,
                      "{}: a socket's path has 1 to {} bytes; take a shorter folder", endpoint,
                      kLongestSocketPath);
  }
  return ok();
}

Error unknown_endpoint(const std::string& endpoint) {
  return make_error(ErrorCode::kInvalidArgument,
                    "{}: no endpoint of the bus; write ipc://PATH or tcp://ADDRESS:PORT", endpoint);
}

Error no_key(const std::string& endpoint, std::string_view whose) {
  return make_error(ErrorCode::kInvalidArgument,
                    "{}: {} is not a CURVE key; give 40 characters of Z85", endpoint, whose);
}

Status check_pair(const std::string& endpoint, const CurveKeys& keys) {
  if (!is_key(keys.public_key)) return no_key(endpoint, "the own public key");
  if (!is_key(keys.secret_key)) return no_key(endpoint, "the own secret key");
  return ok();
}

Error needs_keys(const std::string& endpoint) {
  return make_error(ErrorCode::kInvalidArgument,
                    "{}: TCP is used with CURVE keys only; give keys, or use ipc://", endpoint);
}

}  // namespace

Result<std::string> ipc_endpoint(const std::filesystem::path& folder, std::string_view name) {
  const std::string endpoint = std::string(kIpc) + (folder / name).string();
  if (const auto fine = check_ipc(endpoint); !fine) return fine.error();
  return endpoint;
}

Status check_listen_endpoint(const std::string& endpoint,
                             const std::optional<CurveListener>& keys) {
  if (endpoint.starts_with(kIpc)) {
    if (const auto fine = check_ipc(endpoint); !fine) return fine;
    const std::string path = endpoint.substr(kIpc.size());
    if (const auto made = make_private_folder(std::filesystem::path(path).parent_path()); !made) {
      return made;
    }
    if (!answers(path)) return ok();
    return make_error(ErrorCode::kAlreadyExists,
                      "{}: another process answers there; stop it or take another folder",
                      endpoint);
  }
  if (!endpoint.starts_with(kTcp)) return unknown_endpoint(endpoint);
  if (!keys) return needs_keys(endpoint);
  if (const auto fine = check_pair(endpoint, keys->own); !fine) return fine;
  if (!std::ranges::all_of(keys->allowed, is_key)) return no_key(endpoint, "an allowed key");
  const std::string host = endpoint.substr(kTcp.size(), endpoint.rfind(':') - kTcp.size());
  if (endpoint.rfind(':') > kTcp.size() && is_near(host)) return ok();
  return make_error(ErrorCode::kDenied,
                    "{}: the bus listens on loopback and private addresses only, written in "
                    "numbers",
                    endpoint);
}

Status check_connect_endpoint(const std::string& endpoint, const std::optional<CurveClient>& keys) {
  if (endpoint.starts_with(kIpc)) return check_ipc(endpoint);
  if (!endpoint.starts_with(kTcp)) return unknown_endpoint(endpoint);
  if (!keys) return needs_keys(endpoint);
  if (const auto fine = check_pair(endpoint, keys->own); !fine) return fine;
  if (!is_key(keys->server_key)) return no_key(endpoint, "the server's key");
  return ok();
}

}  // namespace subtide
