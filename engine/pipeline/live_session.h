#pragma once

#include <gst/gst.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/config/graph_spec.h"
#include "engine/gst/ingest_notices.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/text_record.h"
#include "engine/speech/phrase.h"
#include "engine/speech/speech_segment.h"
#include "engine/subtitles/cea608_clock.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What the source turned out to carry.
struct LiveStreams {
  bool has_video = false;
  bool has_audio = false;
  std::optional<FrameRate> frame_rate;  ///< of the video, where the source tells it
};

/// Hears what happens while a live session runs. Times are engine time. Override what is of
/// interest. Threads: on_message() and what is told of the source on the thread that called run();
/// the texts on streaming threads, which must not be held up.
class LiveObserver {
 public:
  virtual ~LiveObserver() = default;
  virtual void on_source(const IngestNotice&) {}
  virtual void on_epoch(const Epoch&) {}
  virtual void on_sound(const SoundNotice&) {}
  virtual void on_damage(const DamageNotice&) {}
  virtual void on_format(const FormatNotice&) {}
  virtual void on_speech(const SpeechSegment&) {}
  virtual void on_gap(const Gap&) {}
  virtual void on_model(const ModelUse&) {}
  /// The source carries it; nobody has put it into the graph.
  virtual void on_metadata(const TimedMetadata&) {}
  /// A line for people: something odd that does not stop the work.
  virtual void on_warning(const std::string&) {}
  /// Another element message of ours, as it is.
  virtual void on_message(GstMessage*) {}
  /// Some times a second.
  virtual void on_turn() {}

  virtual void on_transcript(const Phrase&) {}
  virtual void on_translation(const Phrase&) {}
  virtual void on_cue(const Cue&) {}
};

struct LiveSessionOptions {
  std::string source;                                                   ///< as tideingest takes it
  std::vector<std::pair<std::string, ParameterValue>> source_settings;  ///< its properties
  /// The graph's values for what the source carries.
  std::function<ParameterValues(const LiveStreams&)> values;
  std::optional<MediaDuration> duration;  ///< then it ends by itself
  std::chrono::milliseconds longest_end = std::chrono::seconds(25);
};

/// One run of a live graph.
///
/// tideingest is made here; its streams go to the graph's elements named `video` and `audio`, once
/// it is known which of them there are. The source may come and go: that is tideingest's business,
/// and the session runs on.
///
/// Time:    engine time, which is the running time of the pipeline.
/// Owner:   the caller.
/// Threads: run() blocks; call it once. The others from any thread while it runs.
/// Errors:  run(): as GraphSpec::bind(), kInvalidArgument for what elements refuse, kBadInput for a
///          source without sound and pictures, or that did not come before the stop; otherwise what
///          the element that failed said.
class LiveSession {
 public:
  LiveSession(const GraphSpec& graph, LiveSessionOptions options);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// Called when the graph is made and before data flows: the place to connect outputs.
  std::function<Status(LiveSession&, const LiveStreams&)> on_graph;

  /// Ends with the source's end, the stop token or the duration; then everything that is under way
  /// is finished, `longest_end` at most.
  Status run(LiveObserver& observer, std::stop_token stop);

  GstPipeline* pipeline() const;
  /// An element of the graph; null when it has none of that name.
  ElementPtr element(const std::string& name) const;
  /// Another way out behind the graph's tee `name`, as the proxysink that one SideOutput takes;
  /// null when there is no such tee. In on_graph.
  ElementPtr tap(const std::string& name) const;
  /// Of the newest media that came out of the source.
  MediaTime position() const;
  /// Engine time now: the position, and what went by since.
  MediaTime now() const;
  std::optional<Epoch> epoch() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace subtide
