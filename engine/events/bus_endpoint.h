#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// Where a bus is reached, and who may. On one machine that is a folder closed to other users; over
/// TCP it is CURVE: both sides have a key pair, and the listener a list of those it lets in.

/// A CURVE key pair, each key 40 printable characters (Z85).
struct CurveKeys {
  std::string public_key;
  std::string secret_key;  ///< goes into no log and no message
};
/// Errors:  kUnsupported when ZeroMQ was built without CURVE.
Result<CurveKeys> make_curve_keys();

/// What a listener needs: nobody but the owners of `allowed` public keys gets anything.
struct CurveListener {
  CurveKeys own;
  std::vector<std::string> allowed;
};
/// What a client needs.
struct CurveClient {
  CurveKeys own;
  std::string server_key;  ///< the listener's public key
};

/// "ipc://<folder>/<name>". Errors: kInvalidArgument when it is too long for a Unix socket.
Result<std::string> ipc_endpoint(const std::filesystem::path& folder, std::string_view name);

/// A listener's endpoint must be ipc in a private folder (which is made), or, with keys, tcp on a
/// loopback or private address written in numbers; the port may be '*'.
/// Errors:  kInvalidArgument, kDenied, kIo; kAlreadyExists when somebody answers there already.
Status check_listen_endpoint(const std::string& endpoint, const std::optional<CurveListener>& keys);

/// A client's endpoint must be ipc, or, with keys, tcp. Errors: kInvalidArgument.
Status check_connect_endpoint(const std::string& endpoint, const std::optional<CurveClient>& keys);

}  // namespace subtide
