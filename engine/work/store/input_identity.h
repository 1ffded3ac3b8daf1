#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/work/store/shared_database.h"
#include "engine/work/store/wall_time.h"

namespace subtide {

struct InputIdentity {
  std::string sha256;  ///< of the whole file, hexadecimal
  std::uint64_t size = 0;
  bool was_known = false;  ///< found again, not read
};

/// Knows input files by their content. A file is read once; while its path, size, time of change
/// and inode stay the same, its hash is taken from the shared database.
///
/// A file that changed within the last two seconds is read but not remembered: it could change
/// again without its time showing it.
///
/// Owner:   the caller; movable; shares the database.
/// Threads: any.
/// Errors:  kNotFound, kDenied, kIo, kInvalidArgument (not a regular file), kUnavailable (stopped,
///          or the file changed while it was read). A store that cannot keep a hash is logged only.
class InputIdentities {
 public:
  explicit InputIdentities(std::shared_ptr<SharedDatabase> database);

  Result<InputIdentity> identify(const std::filesystem::path& path, WallTime now,
                                 const std::stop_token& stop = {});

 private:
  std::shared_ptr<SharedDatabase> shared_;
};

}  // namespace subtide
