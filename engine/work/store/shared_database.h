#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/result.h"

namespace subtide {

/// The user's shared database, `effects.db` in the store folder: finished effects, dead letters and
/// the hashes of inputs. Several processes may have it open and write to it.
///
/// Owner:   shared by the stores that are made over it. Not to be used after a fork.
/// Threads: any; calls wait for each other, and up to 15 s for other processes.
/// Errors:  kBadInput (damaged; names the file and the way out), kUnsupported (newer version),
///          kUnavailable (another process holds it), kNoSpace, kDenied, kIo.
class SharedDatabase {
 public:
  /// Makes the folder and the file when they are missing.
  static Result<std::shared_ptr<SharedDatabase>> open(const std::filesystem::path& store_folder);
  ~SharedDatabase();

  /// For the stores of this folder only.
  struct State;
  State& state() { return *state_; }

 private:
  explicit SharedDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
