#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"
#include "engine/ingest/timeline_mapper.h"

namespace subtide {

/// When the first buffer of all pads went out; shared by them, so that they stay in step.
class OutputStart {
 public:
  explicit OutputStart(GstElement* element) : element_(element) {}

  /// Engine time `first` goes out now, if it is the first at all.
  void begin(MediaTime first);
  /// What to add to engine time for the pipeline's running time.
  GstClockTime running_base() const;
  /// When a buffer of that engine time is due.
  SteadyTime due(MediaTime time) const;

  /// How many pads have nothing to give: while there are some, the others may hold more, since
  /// downstream may wait for those.
  std::atomic<int> hungry = 0;

 private:
  GstElement* element_;
  mutable std::mutex mutex_;
  std::optional<SteadyTime> begun_;
  MediaTime first_{0};
  GstClockTime base_ = 0;
};

/// One source pad of `tideingest`, a queue before it, and the task that empties it. What is put in
/// goes out in order; whoever puts buffers in asks has_room() first, so the queue stays short.
///
/// Time:    engine time on everything; the GstSegment starts at 0.
/// Owner:   the session; holds a reference to the pad.
/// Threads: any; it starts the pad's task, which stops with the pad.
/// Errors:  none; a pad that nobody linked drops what it gets.
class OutputStream {
 public:
  enum class Pace { kAsItComes, kByTheClock };

  OutputStream(GstPad* pad, OutputStart& start, Pace pace);
  ~OutputStream();
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  GstPad* pad() const { return pad_.get(); }

  /// The caps that the pad was given by its maker.
  void begin_with(const GstCaps* caps);
  void put_caps(GstCaps* caps);
  void put_epoch(const Epoch& epoch);
  void put_buffer(BufferPtr buffer);
  void put_gap(TimeSpan span);
  /// The same as sound without any, in the form of the caps that were put last; where these are
  /// not decoded sound, a gap.
  void put_silence(TimeSpan span);
  void put_end();

  /// Waits until there is room for more; false when `is_cut` became true meanwhile, or the pad
  /// stopped. Call wake() after changing what `is_cut` looks at.
  bool wait_for_room(const std::atomic<bool>& is_cut);
  void wake();
  /// Live: nothing goes out while the pipeline does not play.
  void set_playing(bool is_playing);

 private:
  using Item = std::variant<EventPtr, BufferPtr>;

  static gboolean activate(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean is_active);
  static void run(gpointer self);
  void put(Item item, std::optional<MediaTime> time);
  std::optional<Item> next();
  bool wait_until_due(std::unique_lock<std::mutex>& lock, MediaTime time);
  void push(Item item);
  void push_segment();
  void push_event(EventPtr event);

  PadPtr pad_;
  OutputStart& start_;
  const Pace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  struct Queued {
    Item item;
    std::optional<MediaTime> time;
  };
  std::deque<Queued> queue_;
  bool is_stopped_ = true;
  bool is_playing_ = false;
  // The pad's own thread only.
  /// Of decoded sound; 0: it is something else. Whoever puts, one at a time.
  int rate_ = 0;
  int frame_bytes_ = 0;
  bool has_segment_ = false;
  EventPtr early_;  ///< an epoch that came before the GstSegment
};

}  // namespace subtide
