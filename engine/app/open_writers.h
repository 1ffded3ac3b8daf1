#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

namespace subtide {

/// A file whatever its name: its device and its number there.
using FileId = std::pair<dev_t, ino_t>;

/// Whether somebody on this machine has a file open for writing, this process among them.
///
/// A read lease tells for sure, where the file system is a local one and the file is ours; else
/// what /proc shows of processes that we may look at. What another machine does cannot be seen.
///
/// Owner:   the caller; make a new one for each look, since /proc is read once and remembered.
/// Threads: one at a time. Errors: none; what cannot be found out counts as not open.
class OpenWriters {
 public:
  /// `descriptor` is open for reading.
  bool has_one(int descriptor);

 private:
  std::optional<std::set<FileId>> open_;
};

/// What a read lease on an open file tells: true or false; nothing where leases cannot tell.
std::optional<bool> lease_shows_writer(int descriptor);

/// All that processes have open for writing, of those that we may look at.
std::set<FileId> files_open_for_writing();

/// True where this machine alone writes, so that it sees each change.
bool is_on_local_disk(const std::filesystem::path& path);

}  // namespace subtide
