#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/atomic_file.h"
#include "engine/base/result.h"

namespace subtide {

/// A file or a folder that others write under a hidden name beside its own, and that appears under
/// its name whole or not at all.
///
/// What a killed process left under the hidden name is removed first. Without publish(), nothing
/// stays. In one process nobody else can stage the same path meanwhile.
///
/// Owner:   the caller; movable, not copyable.
/// Threads: one at a time; others may stage other paths.
/// Errors:  kAlreadyExists when something has the name and must not be replaced, or is being
///          written under it; kDenied, kNoSpace or kIo, naming the path.
class StagedOutput {
 public:
  using IfExists = AtomicFile::IfExists;
  /// Makes no folder.
  static Result<StagedOutput> create(std::filesystem::path path, IfExists if_exists);

  StagedOutput(StagedOutput&& other) noexcept;
  StagedOutput& operator=(StagedOutput&& other) noexcept;
  ~StagedOutput();

  const std::filesystem::path& path() const { return path_; }
  /// Where to write.
  const std::filesystem::path& staging() const { return staging_; }
  /// Flushes what was written and gives it its name.
  Status publish();

 private:
  class Claim;
  StagedOutput(std::filesystem::path path, std::filesystem::path staging, IfExists if_exists,
               std::unique_ptr<Claim> claim);
  void discard();

  std::filesystem::path path_;
  std::filesystem::path staging_;  ///< empty: published, or moved from
  IfExists if_exists_;
  std::unique_ptr<Claim> claim_;  ///< on the path; null: moved from
};

}  // namespace subtide
