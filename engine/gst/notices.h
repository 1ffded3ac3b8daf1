#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"
#include "engine/speech/phrase.h"
#include "engine/speech/speech_segment.h"

namespace subtide {

/// What our elements tell each other in the stream (custom events) and the application beside it
/// (element messages). Both carry the same fields under the same names.
///
/// Time: in events, the buffers' own timeline (PTS); in messages, stream time.

/// "tide/speech-start": speech began.
struct SpeechStart {
  MediaTime start{0};
  bool operator==(const SpeechStart&) const = default;
};

/// "tide/model-ROLE", sticky in the stream: a model that an element loaded.
struct LoadedModel {
  std::string role;    ///< "vad", "recognizer", "translator"
  std::string spec;    ///< as resolved: "whisper:base.en"
  std::string detail;  ///< one line for people; may be empty
  bool operator==(const LoadedModel&) const = default;
};

/// "tide/sidecar-written": a file stands complete under its final name. Message only.
struct SidecarWritten {
  std::string path;
  std::string format;  ///< "srt", "vtt", …
  std::string language;
  std::uint64_t cues = 0;
  bool operator==(const SidecarWritten&) const = default;
};

/// "tide/statistics": what an element did, told before the end of the stream. Message only.
struct Statistics {
  std::string role;  ///< as in LoadedModel
  MediaDuration audio{0};
  MediaDuration speech{0};
  std::uint64_t windows = 0;  ///< given to the model
  std::uint64_t failed_windows = 0;
  MediaDuration inference{0};  ///< the model's time, all lanes together
  bool operator==(const Statistics&) const = default;
};

/// "tide/speech-start", "tide/speech-end", "tide/gap" and "tide/model-ROLE", all serialized.
EventPtr make_event(const SpeechStart& notice);
EventPtr make_event(const SpeechSegment& notice);
EventPtr make_event(const Gap& notice);
EventPtr make_event(const LoadedModel& notice);

/// Nothing when the event is another one.
std::optional<SpeechStart> read_speech_start(GstEvent* event);
std::optional<SpeechSegment> read_speech_end(GstEvent* event);
std::optional<Gap> read_gap_notice(GstEvent* event);
std::optional<LoadedModel> read_loaded_model(GstEvent* event);

/// Posts an element message. Threads: any.
void post_notice(GstElement* element, const SpeechStart& notice);
void post_notice(GstElement* element, const SpeechSegment& notice);
void post_notice(GstElement* element, const Gap& notice);
void post_notice(GstElement* element, const LoadedModel& notice);
void post_notice(GstElement* element, const SidecarWritten& notice);
void post_notice(GstElement* element, const Statistics& notice);
/// The same with a field "detail": one line for people that says what went wrong.
void post_notice(GstElement* element, const Gap& notice, const std::string& detail);

/// Nothing when the message is another one.
std::optional<SpeechStart> read_speech_start(GstMessage* message);
std::optional<SpeechSegment> read_speech_end(GstMessage* message);
std::optional<Gap> read_gap_notice(GstMessage* message);
std::optional<LoadedModel> read_loaded_model(GstMessage* message);
std::optional<SidecarWritten> read_sidecar_written(GstMessage* message);
std::optional<Statistics> read_statistics(GstMessage* message);
/// The detail of a "tide/gap" message; empty when it has none.
std::string read_gap_detail(GstMessage* message);

}  // namespace subtide
