#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "elements/hls_sink/folder_writer.h"
#include "engine/base/result.h"
#include "engine/packaging/presentation.h"

namespace subtide {

/// What a segment was, and how long it took.
struct SegmentFigures {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds waited{0};     ///< from its end until all of it had come
  std::chrono::nanoseconds serving{0};    ///< from then on until viewers could have it
  std::chrono::nanoseconds packaging{0};  ///< the same until the folder had it
};

/// Hears what an HLS presentation publishes.
///
/// Threads: two of the publisher's own, which must not be held up: one for the viewers, one for
///          what was written.
class PublicationObserver {
 public:
  virtual ~PublicationObserver() = default;

  /// For viewers who are served from memory: as soon as it is made, in an order in which no
  /// playlist names a file that did not come before.
  virtual void on_file(const std::string& name, std::shared_ptr<const std::string> bytes) = 0;
  virtual void on_file_removed(const std::string& name) = 0;
  virtual void on_playlist(const PlaylistUpdate& playlist) = 0;
  /// A cue that no segment could show any more.
  virtual void on_late_cue(const LateCue& late) = 0;

  /// Written too, as far as the folder can be written.
  virtual void on_playlist_written(const PlaylistUpdate& playlist) = 0;
  /// A playlist that is written names it now.
  virtual void on_segment(const SegmentPublished& segment, const SegmentFigures& figures) = 0;
};

struct HlsPublisherOptions {
  PresentationOptions presentation;
  std::filesystem::path folder;  ///< empty: nothing is written, only told
  std::shared_ptr<PublicationObserver> observer;
  /// A file could not be written; once, until all are written again. Comes on a thread of the
  /// publisher.
  std::function<void(const Error&)> on_error;
  /// Everything was published, after the last end(). Comes on a thread of the publisher.
  std::function<void()> on_end;
};

/// A Presentation with a thread that does what it says: viewers are told at once, then another
/// thread writes files by rename, and the playlists that name them.
///
/// Owner:   the caller. Threads: any; whoever pushes waits for the lock alone, never for the disk,
///          and neither do viewers.
/// Errors:  create(): as Presentation. A file that cannot be written is told to `on_error`; the
///          presentation goes on for the observer, and the folder is as PublishedFolder has it.
class HlsPublisher {
 public:
  static Result<std::unique_ptr<HlsPublisher>> create(HlsPublisherOptions options);
  ~HlsPublisher();
  HlsPublisher(const HlsPublisher&) = delete;
  HlsPublisher& operator=(const HlsPublisher&) = delete;

  /// Does something with the presentation, and lets the thread see to what came of it.
  template <typename Action>
  auto with(Action&& action) {
    const std::lock_guard lock(mutex_);
    is_changed_ = true;
    changed_.notify_all();
    return std::forward<Action>(action)(presentation_);
  }

 private:
  HlsPublisher(HlsPublisherOptions options, Presentation presentation, PublishedFolder folder);
  void run(const std::stop_token& stop);
  void carry_out(FileWrite& effect);
  void carry_out(const FileRemoval& effect);
  void carry_out(PlaylistUpdate& effect);
  void carry_out(SegmentPublished& effect);
  void carry_out(const LateCue& effect);
  void carry_out(const LostSample& effect);
  FolderWriter::Callbacks written() const;

  const HlsPublisherOptions options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_changed_ = false;         ///< guarded by mutex_
  Presentation presentation_;       ///< guarded by mutex_
  std::uint64_t lost_samples_ = 0;  ///< the thread's
  FolderWriter writer_;
  std::jthread thread_;
};

}  // namespace subtide
