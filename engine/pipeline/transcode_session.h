#pragma once

#include <gst/gst.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/config/graph_spec.h"
#include "engine/config/transcode_plan.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/media_source.h"
#include "engine/pipeline/session.h"
#include "engine/speech/ports.h"

namespace subtide {

/// What a file turned out to carry, in the order of the selection.
struct DecodedStreams {
  std::optional<PictureFormat> video;
  std::vector<std::optional<SoundFormat>> audio;  ///< nothing: the track brought no sound
};

/// What came of each stream, counted from time zero; nothing: no data.
struct StreamSpans {
  std::optional<TimeSpan> video;
  std::vector<std::optional<TimeSpan>> audio;
};

struct TranscodeSessionOptions {
  MediaSelection selection;
  std::chrono::nanoseconds open_limit = std::chrono::seconds(20);
  MediaDuration stall_limit = std::chrono::seconds(300);
  MediaDuration progress_step = std::chrono::milliseconds(250);
  std::shared_ptr<ModelProvider> models;  ///< that elements ask; null: as they were registered
};

/// One run of a graph over all streams of one file at once.
///
/// open() reads until each stream's format is known; build() makes the graph for it, whose elements
/// `video`, `audio_0`, … and `speech` take the streams; run() lets everything flow. Where the input
/// breaks off, what was read is finished, and the rest is told as a gap. With an empty selection
/// nothing is opened: the graph reads by itself.
///
/// Time:    everything told counts from MediaInformation::time_zero.
/// Owner:   the caller; `input` must outlive it.
/// Threads: the caller's; run() blocks and is called once. Elements that never let go are left
///          behind after ten seconds.
/// Errors:  open(): kBadInput when nothing could be decoded, kDeadline when nothing came.
///          build(): as GraphSpec::bind(), kInvalidArgument for what elements refuse.
///          run(): what the element that failed said, kDeadline when nothing moved.
class TranscodeSession {
 public:
  static Result<TranscodeSession> open(const MediaInput& input, const MediaInformation& media,
                                       TranscodeSessionOptions options, std::stop_token stop);
  TranscodeSession(TranscodeSession&&) noexcept;
  TranscodeSession& operator=(TranscodeSession&&) noexcept;
  ~TranscodeSession();

  const DecodedStreams& streams() const;
  Status build(const GraphSpec& graph, const ParameterValues& values);
  /// An element of the graph; null when it has none of that name.
  ElementPtr element(const std::string& name) const;
  /// `outputs` of the result are sidecars; what else the graph writes is known by who made it.
  Result<SessionResult> run(SessionObserver& observer, std::stop_token stop);
  /// Pictures that went into the graph.
  std::size_t pictures() const;
  StreamSpans spans() const;

 private:
  struct State;
  explicit TranscodeSession(std::shared_ptr<State> state);
  void close();
  std::shared_ptr<State> state_;
};

}  // namespace subtide
