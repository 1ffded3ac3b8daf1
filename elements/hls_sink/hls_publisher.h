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

#include "elements/hls_sink/published_folder.h"
#include "engine/base/result.h"
#include "engine/packaging/presentation.h"

namespace subtide {

/// Hears what an HLS presentation publishes, in an order in which no playlist names a file that did
/// not come before. Threads: one of the publisher's own, which must not be held up.
class PublicationObserver {
 public:
  virtual ~PublicationObserver() = default;
  virtual void on_file(const std::string& name, std::shared_ptr<const std::string> bytes) = 0;
  virtual void on_file_removed(const std::string& name) = 0;
  virtual void on_playlist(const PlaylistUpdate& playlist) = 0;
  /// A playlist names it now.
  virtual void on_segment(const SegmentPublished& segment, std::uint64_t bytes) = 0;
  /// A cue that no segment could show any more.
  virtual void on_late_cue(const LateCue& late) = 0;
};

struct HlsPublisherOptions {
  PresentationOptions presentation;
  std::filesystem::path folder;  ///< empty: nothing is written, only told
  std::shared_ptr<PublicationObserver> observer;
  /// A file could not be written; once, until all are written again. Comes on the publisher's
  /// thread.
  std::function<void(const Error&)> on_error;
  /// Everything was published, after the last end(). Comes on the publisher's thread.
  std::function<void()> on_end;
};

/// A Presentation with a thread that does what it says: files by rename, then the playlists that
/// name them, then the observer is told.
///
/// Owner:   the caller. Threads: any; whoever pushes waits for the lock alone, never for the disk.
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
    return std::forward<Action>(action)(*presentation_);
  }

 private:
  explicit HlsPublisher(HlsPublisherOptions options)
      : options_(std::move(options)), folder_(options_.folder) {}
  void run(const std::stop_token& stop);
  void carry_out(std::vector<PublishEffect> effects);
  void carry_out(FileWrite& effect);
  void carry_out(const FileRemoval& effect);
  void carry_out(const PlaylistUpdate& effect);
  void carry_out(const SegmentPublished& effect);
  void carry_out(const LateCue& effect);
  void carry_out(const LostSample& effect);
  void look_after_folder();
  void finish_folder(const std::stop_token& stop);

  HlsPublisherOptions options_;
  PublishedFolder folder_;  ///< the thread's
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_changed_ = false;                     ///< guarded by mutex_
  std::optional<Presentation> presentation_;    ///< guarded by mutex_
  std::map<std::string, std::uint64_t> sizes_;  ///< of files that no segment was told of; thread's
  bool has_complained_ = false;                 ///< the thread's
  std::uint64_t lost_samples_ = 0;              ///< the thread's
  std::jthread thread_;
};

}  // namespace subtide
