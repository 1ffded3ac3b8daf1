#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/app/console.h"
#include "engine/base/result.h"
#include "engine/events/bus_endpoint.h"

namespace CLI {
class App;
}

namespace subtide {

/// How a command shows who it is to an engine that is reached over TCP.
struct CurveOptions {
  std::string key_file;    ///< its own key pair; made when it is not there
  std::string server_key;  ///< the engine's public key
};

/// Adds --key-file and --server-key.
void add_curve_options(CLI::App& app, CurveOptions& options);

/// The keys, or nothing when no option was given. A pair that was just made is told, for the
/// engine has to let it in.
/// Errors:  kInvalidArgument when only one was given; those of key_pair_in().
Result<std::optional<CurveClient>> curve_client(const CurveOptions& options, Console& console);

/// The key pair of a file: public key, line feed, secret key. Made (0600) when it is not there.
/// Errors:  kDenied when others may read it, kBadInput, kIo; no message holds a key.
struct KeyPair {
  CurveKeys keys;
  bool is_new = false;
};
Result<KeyPair> key_pair_in(const std::filesystem::path& file);

}  // namespace subtide
