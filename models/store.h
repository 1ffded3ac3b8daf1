#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "models/model_manifest.h"

namespace subtide {

enum class ModelState {
  kAbsent,
  kPartial,    ///< a pull was begun; the next one goes on
  kInstalled,  ///< the file is there; verify() tells whether it is whole
};
std::string_view to_string(ModelState state);

/// A model of the manifest, and what there is of it on this machine.
struct ModelEntry : ModelFacts {
  std::uint64_t size = 0;                ///< of the file here, or the manifest's approximate size
  std::filesystem::path installed_path;  ///< empty unless kInstalled
  ModelState state = ModelState::kAbsent;
};

struct ModelStoreOptions {
  /// Searched in order. The first folder that can be written to (made, if need be) takes pulls.
  std::vector<std::filesystem::path> folders;
  std::string base_url;  ///< instead of the manifest's own addresses: a mirror
  std::string manifest;  ///< JSON; empty: the built-in one
  std::chrono::milliseconds retry_pause = std::chrono::seconds(1);  ///< of a broken download
};

/// SUBTIDE_MODEL_PATH (folders with ':' between), $XDG_DATA_HOME/subtide/models,
/// /usr/share/subtide/models, share/subtide/models beside the program; SUBTIDE_MODEL_URL.
ModelStoreOptions model_store_options_from_environment();

/// How far a pull is, in bytes of the whole file.
using PullProgress = DownloadProgress;

/// The models on this machine: finds them, pulls them, verifies them.
///
/// A pull writes to `<file>.partial`, goes on where an earlier one broke off, compares the checksum
/// and only then gives the file its name; beside it, `<file>.sha256` keeps the SHA-256 for later
/// verifications.
///
/// Owner:   the caller; movable.
/// Threads: any. Two pulls of one model at once: the second is refused.
/// Errors:  kNotFound (no such model; lists the names), kUnavailable (offline; names the URL and
/// what
///          to do), kBadInput (checksum), kNoSpace, kDenied, kIo, kAlreadyExists (being pulled).
class ModelStore {
 public:
  static Result<ModelStore> create(ModelStoreOptions options);
  static Result<ModelStore> from_environment();
  ModelStore(ModelStore&&) noexcept;
  ModelStore& operator=(ModelStore&&) noexcept;
  ~ModelStore();

  /// All of the manifest, in its order.
  std::vector<ModelEntry> list() const;

  /// One of them. Errors: kNotFound.
  Result<ModelEntry> find(std::string_view name) const;

  /// The file of an installed model: a name of the manifest, a path (anything with a '/'), or any
  /// NAME for which a folder holds ggml-NAME.bin. Errors: kNotFound, with the command that gets it.
  Result<std::filesystem::path> path_of(std::string_view name) const;

  /// Gets a model and gives its path; at once when it is there already.
  Result<std::filesystem::path> pull(std::string_view name, const PullProgress& progress = {},
                                     std::stop_token stop = {});

  /// Reads the whole file and compares its checksum. kBadInput when it is damaged.
  Status verify(std::string_view name) const;

  const std::vector<std::filesystem::path>& folders() const;

 private:
  struct State;
  explicit ModelStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
