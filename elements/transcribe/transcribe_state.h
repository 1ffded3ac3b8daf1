#pragma once

#include <gst/gst.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "elements/transcribe/live_recognition.h"
#include "elements/transcribe/text_out.h"
#include "elements/transcribe/transcribe_properties.h"
#include "elements/transcribe/window_transcriber.h"
#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"
#include "engine/speech/ordered_lanes.h"
#include "engine/speech/window_packer.h"

namespace subtide {

/// The insides of tidetranscribe, shared by its two sources: the element with what comes in, and
/// the task with what goes out.

/// No text comes any more before this time.
struct TextWatermark {
  MediaTime time{0};
};
/// Live: an event that ends, or keeps its place among, what was heard.
struct MarkedEvent {
  EventPtr event;
};
/// Live: a moment passed.
struct LiveTick {};
/// What a lane is given: a window of a file, or one of a live stream.
struct TranscribeWork {
  WindowPacker::Window window;
  std::optional<LiveOrder> live;
};
/// What comes out of the lanes: events keep their place among the windows.
using TranscribeOutcome = std::variant<TranscribedWindow, TextWatermark, EventPtr, LiveDecode,
                                       MarkedEvent, SkippedWindow, LiveTick>;
using TranscribeLanes = OrderedLanes<TranscribeWork, TranscribeOutcome>;

/// The live side, which streaming thread and task share.
struct LiveState {
  explicit LiveState(LiveRecognition made) : recognition(std::move(made)) {}

  std::mutex lock;  ///< guards the two below
  LiveRecognition recognition;
  std::deque<EventPtr> marks;          ///< the events behind the marks among the windows
  std::optional<MediaTime> ticked_at;  ///< streaming thread only
};

/// How a stream is recognised; settled when the first of it comes.
enum class TranscribeMode { kOpen, kFile, kLive };

/// Lives from READY to READY. The sink's streaming thread has `packer` to `heard_to`; the task has
/// `out`; the rest is safe from both.
struct TranscribeState {
  TranscribeState(std::shared_ptr<WindowTranscriber> made, WindowPacker windows,
                  LiveRecognition recognition, int lane_count, TextOut text);

  std::shared_ptr<WindowTranscriber> transcriber;
  WindowPacker packer;
  bool has_detector = false;
  bool has_audio = false;  ///< since the start or the last flush
  std::optional<MediaTime> told_to;
  MediaTime heard_to{0};
  std::atomic<std::int64_t> samples_heard = 0;
  /// Nothing until the first audio or speech after a start or flush.
  std::atomic<TranscribeMode> mode = TranscribeMode::kOpen;
  LiveState live;
  std::atomic<GstFlowReturn> flow = GST_FLOW_OK;
  TextOut out;
  TranscribeLanes lanes;
};

struct TideTranscribe {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;              ///< guards settings
  TranscribeSettings settings;  ///< set from any thread
  std::atomic<bool> is_live;    ///< by the last latency query
  std::optional<TranscribeState> state;
};

inline TideTranscribe* to_tide_transcribe(gpointer instance) {
  return static_cast<TideTranscribe*>(instance);
}

/// Live: keeps the longest delay of what was pushed, and warns when it broke the promise.
void watch_delay(TideTranscribe* self, const TranscribedWindow& window);

/// Moves what the lanes gave downstream; runs on the source pad's task.
void run_transcribe_task(gpointer self);

}  // namespace subtide
