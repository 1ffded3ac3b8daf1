#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>

#include "engine/app/settling_files.h"
#include "engine/base/result.h"

namespace subtide {

struct FolderWatchOptions {
  std::filesystem::path folder;
  std::chrono::milliseconds settle{2000};
  std::chrono::milliseconds empty_settle{30'000};  ///< of files without content
  std::chrono::milliseconds look_every{2000};      ///< where the system tells no changes
  /// Files and folders that shall stay out, such as the job's own outputs.
  std::function<bool(const std::filesystem::path&)> is_left_out;
};

/// True for what downloads and copies are called before they are done: "talk.mp4.part",
/// "talk.tmp.mp4", "~talk.mp4", "talk.mp4~".
bool is_temporary_name(std::string_view name);

/// Finds the media files of a folder and of all below it, those that are there and those that come,
/// each once it is whole (SettlingFiles).
///
/// Hidden and temporary names stay out, links to folders are not followed. Changes are told by
/// inotify, and looked for where it tells none, such as in network folders.
///
/// Owner:   the caller. Threads: one at a time; the token may be stopped from any.
/// Errors:  create(): kNotFound, kInvalidArgument for what is no folder, kIo. A folder that cannot
///          be read later is told of in the news, and looked for again.
class FolderWatch {
 public:
  static Result<std::unique_ptr<FolderWatch>> create(FolderWatchOptions options);
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch();

  /// Waits for news; at the first call the files that are there are news once they have settled.
  /// Empty only when stopped, and then at once.
  FolderNews wait(const std::stop_token& stop);

 private:
  using Clock = SettlingFiles::Clock;
  FolderWatch(FolderWatchOptions options, int changes, int bell);
  FolderNews look();
  FolderSight scan(std::optional<Error>& problem);
  void scan_folder(const std::filesystem::path& folder, FolderSight& sight,
                   std::vector<std::filesystem::path>& below, std::optional<Error>& problem);
  bool is_wanted(const std::filesystem::path& path) const;
  void watch_changes(const FolderSight& sight);
  void pause();
  void read_changes();
  void ring() const;

  const FolderWatchOptions options_;
  const int changes_;  ///< inotify; -1: there is none
  const int bell_;     ///< rings when a wait is stopped
  SettlingFiles files_;
  std::set<int> watches_;
  bool is_told_all_ = false;  ///< every folder tells its changes
  bool is_partly_remote_ = false;
  bool is_unreadable_ = false;    ///< and that was told
  bool is_look_needed_ = false;   ///< something may have come before its folder told changes
  Clock::duration last_look_{0};  ///< how long it took
};

}  // namespace subtide
