#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "elements/hls_sink/published_folder.h"
#include "engine/base/result.h"
#include "engine/packaging/effect.h"

namespace subtide {

/// A PublishedFolder with a thread of its own, so that nobody waits for the disk: flushing a file
/// may take half a second, and a disk in trouble for ever.
///
/// Order:   things are done in the order in which they were asked for; whoever is told of a
/// playlist
///          or segment finds it in the folder, unless the folder is in trouble.
/// Memory:  what the disk has not taken yet, `PublishedFolder::kMostKept` bytes; the oldest that is
///          given up is an EXT-X-GAP in the playlists.
/// Owner:   the caller. The destructor does what is left, without waiting for better times.
/// Threads: any; the callbacks come on the writer's own.
/// Errors:  a file that cannot be written is told to `on_error`, once until all are written again.
class FolderWriter {
 public:
  struct Callbacks {
    std::function<void(const Error&)> on_error;
    std::function<void(const PlaylistUpdate&)> on_playlist;
    std::function<void(const SegmentPublished&, std::uint64_t bytes)> on_segment;
    /// After finish().
    std::function<void()> on_end;
  };

  /// An empty folder: nothing is written, only told.
  FolderWriter(PublishedFolder folder, std::string shown, Callbacks callbacks);
  ~FolderWriter();
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  void write(const std::string& name, PublishedFolder::Bytes bytes);
  void remove(const std::string& name);
  void write_playlist(PlaylistUpdate playlist);
  /// Its files and playlist were given before.
  void tell(SegmentPublished segment);
  /// Nothing comes any more: a disk in trouble gets some more chances, then `on_end` is told.
  void finish();

 private:
  /// Without bytes the file was given up.
  struct File {
    std::string name;
    PublishedFolder::Bytes bytes;
  };
  struct Removal {
    std::string name;
  };
  struct End {};
  using Task = std::variant<File, Removal, PlaylistUpdate, SegmentPublished, End>;

  void ask(Task task);
  void bound_memory();
  void run(const std::stop_token& stop);
  void carry_out(const File& task);
  void carry_out(const Removal& task);
  void carry_out(const PlaylistUpdate& task);
  void carry_out(const SegmentPublished& task);
  void carry_out(const End& task);
  void look_after_folder();

  const std::string shown_;
  const Callbacks callbacks_;
  PublishedFolder folder_;                      ///< the thread's
  std::map<std::string, std::uint64_t> sizes_;  ///< of files that no segment was told of; thread's
  bool has_complained_ = false;                 ///< the thread's
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> tasks_;         ///< guarded by mutex_
  std::size_t waiting_bytes_ = 0;  ///< of tasks_; guarded by mutex_
  std::stop_token stop_;           ///< the thread's
  std::jthread thread_;
};

}  // namespace subtide
