#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/side_inlet.h"
#include "engine/pipeline/side_target.h"
#include "engine/pipeline/ts_markers.h"

namespace subtide {

/// From where a side output takes what it sends where.
struct SideRoute {
  SideOutputTarget target;
  std::vector<SideOutputStream> streams;
  MediaDuration queue = std::chrono::seconds(10);  ///< then the oldest is dropped
  MediaDuration text_lead{0};   ///< texts come so long before their pictures, and wait for them
  GstPipeline* main = nullptr;  ///< whose clock it goes by; outlives it
};

/// One connection, or one file, of a side output: the pipeline that muxes and sends.
///
/// Time:    the streams' own; its base time is moved so that they are due when they come.
/// Owner:   the side output. Destroying it waits for a target that does not answer, for as long as
///          that takes.
/// Threads: one at a time; overruns() and is_at_ease() from any.
/// Errors:  create(): kUnsupported when an element is missing; later ones come as messages.
class SidePipeline {
 public:
  static Result<std::unique_ptr<SidePipeline>> create(const SideRoute& route);
  ~SidePipeline();
  SidePipeline(const SidePipeline&) = delete;
  SidePipeline& operator=(const SidePipeline&) = delete;

  /// What comes from now on is taken, into the queues at first.
  void prepare();
  /// The main pipeline plays.
  void play();
  /// Nothing more is taken.
  void disconnect();

  /// The next error or end of stream; null when `most` has passed.
  MessagePtr next_message(std::chrono::milliseconds most) const;
  /// Every stream flows, hardly anything waits, and the target takes it.
  bool is_at_ease() const;
  /// How often something had to be dropped.
  std::uint64_t overruns() const { return overruns_; }

 private:
  explicit SidePipeline(const SideRoute& route);
  Status build();
  Status add(const SideOutputStream& stream);
  void begin_at(GstClockTime base);
  void set_base_time();

  const SideRoute route_;
  const ElementPtr main_;  ///< also while a target that does not answer is waited for
  TsMarkers markers_;
  std::vector<std::unique_ptr<SideInlet>> inlets_;
  ElementPtr pipeline_;
  std::atomic<GstClockTime> base_ = 0;  ///< where the stream begins in the main pipeline's time
  std::atomic<std::uint64_t> overruns_ = 0;
  std::atomic<std::uint64_t> taken_ = 0;  ///< buffers that came to the sink
};

}  // namespace subtide
