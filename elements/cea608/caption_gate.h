#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "elements/cea608/caption_placer.h"

namespace subtide {

/// Where the captions' thread and the video's meet: an access unit waits until the captions of its
/// frame are known.
///
/// Time:    both on one timeline.
/// Owner:   the element. Threads: any; only take() waits. Errors: none.
class CaptionGate {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  void add(const Cea608Slot& slot);
  /// There are no captions before `until` but those added.
  void advance(MediaTime until);
  /// No captions are to come.
  void end();
  /// Forgets the captions; more are to come.
  void restart();

  /// Shut, take() gives nothing at once; whoever waits in it comes out.
  void shut(bool is_shut);

  /// The pairs for an access unit (see CaptionPlacer::take), as soon as all are known or the
  /// deadline has passed. Nothing when the gate is shut.
  std::optional<std::vector<Cea608Pair>> take(TimeSpan shown, MediaTime decoded,
                                              std::optional<Deadline> deadline);

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  CaptionPlacer placer_;
  bool is_ended_ = false;
  bool is_shut_ = false;
};

}  // namespace subtide
