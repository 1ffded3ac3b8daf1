#include "engine/app/curve_options.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 1024;

Result<KeyPair> make_pair_in(const fs::path& file) {
  auto keys = make_curve_keys();
  if (!keys) return keys.error();
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string text = keys->public_key + "\n" + keys->secret_key + "\n";
  const bool is_written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) ==
                                                 static_cast<ssize_t>(text.size());
  const int number = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (is_written) return KeyPair{std::move(*keys), true};
  return make_error(ErrorCode::kIo, "cannot write the key file {}: {}", file.string(),
                    std::strerror(number));
}

}  // namespace

Result<KeyPair> key_pair_in(const fs::path& file) {
  struct stat state {};
  if (::stat(file.c_str(), &state) != 0 && errno == ENOENT) return make_pair_in(file);
  if ((state.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return make_error(ErrorCode::kDenied, "{}: others may read this key; chmod 600 it",
                      file.string());
  }
  const auto text = read_file(file, kLargestFile);
  if (!text) return text.error();
  const auto end = text->find('\n');
  if (end == std::string::npos) {
    return make_error(ErrorCode::kBadInput,
                      "{}: no key file: public and secret key are wanted, each on a line; name a "
                      "new file to have one made",
                      file.string());
  }
  std::string secret = text->substr(end + 1);
  while (secret.ends_with('\n')) secret.pop_back();
  return KeyPair{{text->substr(0, end), std::move(secret)}, false};
}

void add_curve_options(CLI::App& app, CurveOptions& options) {
  app.add_option("--key-file", options.key_file,
                 "Over TCP: the file with the own key pair; made when it is not there")
      ->type_name("FILE");
  app.add_option("--server-key", options.server_key, "Over TCP: the engine's public key")
      ->type_name("KEY");
}

Result<std::optional<CurveClient>> curve_client(const CurveOptions& options, Console& console) {
  if (options.key_file.empty() && options.server_key.empty()) return std::nullopt;
  if (options.key_file.empty() || options.server_key.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--key-file and --server-key are used together; give both");
  }
  auto pair = key_pair_in(options.key_file);
  if (!pair) return pair.error();
  if (pair->is_new) {
    console.line("{} made; the engine has to let in the key {}", options.key_file,
                 pair->keys.public_key);
  }
  return CurveClient{std::move(pair->keys), options.server_key};
}

}  // namespace subtide
