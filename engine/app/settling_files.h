#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// What shows that a file's content changed. No inode: some network folders give another each time.
struct FileState {
  std::uint64_t size = 0;
  std::chrono::nanoseconds modified{0};  ///< of the system's clock
  bool operator==(const FileState&) const = default;
};

struct SeenFile {
  std::filesystem::path path;
  FileState state;
};

/// One look into a folder and all below it.
struct FolderSight {
  std::vector<SeenFile> files;
  std::vector<std::filesystem::path> folders;
  bool is_complete = true;  ///< false: what is missing may still be there
};

/// A file that nobody writes any more.
struct ReadyFile {
  std::filesystem::path path;
  FileState state;
  int version = 1;  ///< 2, 3, …: it changed after it was ready
};

struct VanishedFile {
  std::filesystem::path path;
  bool was_ready = false;
};

/// What became of a watched folder.
struct FolderNews {
  std::vector<ReadyFile> ready;  ///< in order of their paths
  std::vector<std::filesystem::path> new_folders;
  std::vector<VanishedFile> vanished;
  std::optional<Error> problem;  ///< the folder cannot be read now; told once

  bool empty() const {
    return ready.empty() && new_folders.empty() && vanished.empty() && !problem;
  }
};

/// Tells from repeated looks into a folder which files are whole: size and time have not changed
/// for the settle time, and nobody has the file open for writing. The first holds for network
/// folders and for writers that open and close several times; the second for writers that pause.
///
/// Time:    `now` of each step, which never runs backwards. No clock of its own.
/// Owner:   the caller; a value. Threads: one at a time. Errors: none.
class SettlingFiles {
 public:
  using Clock = std::chrono::steady_clock;
  /// Asked only for files that have settled.
  using IsWritten = std::function<bool(const SeenFile&)>;

  /// Files without content often are only announced, so they wait for `empty_settle`.
  SettlingFiles(Clock::duration settle, Clock::duration empty_settle)
      : settle_(settle), empty_settle_(std::max(settle, empty_settle)) {}

  FolderNews step(const FolderSight& sight, const IsWritten& is_written, Clock::time_point now);

  /// When a file may be ready if nothing else happens; nothing when none is waited for.
  std::optional<Clock::time_point> next_step() const { return next_step_; }

 private:
  struct File {
    FileState state;
    Clock::time_point since;  ///< it looks like this
    int version = 0;
    bool is_ready = false;
    unsigned long last_seen = 0;  ///< number of the step
  };

  void look_at(const SeenFile& seen, const IsWritten& is_written, Clock::time_point now,
               FolderNews& news);
  void forget_unseen(FolderNews& news);
  void compare_folders(const FolderSight& sight, FolderNews& news);

  Clock::duration settle_;
  Clock::duration empty_settle_;
  std::map<std::filesystem::path, File> files_;
  std::set<std::filesystem::path> folders_;
  unsigned long steps_ = 0;
  std::optional<Clock::time_point> next_step_;
};

}  // namespace subtide
