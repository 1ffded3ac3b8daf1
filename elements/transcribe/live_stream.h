#pragma once

#include <span>

#include "elements/transcribe/transcribe_state.h"

namespace subtide {

/// The live side of tidetranscribe. Nothing here waits for a model.

/// Whether the stream is to be recognised live: by the property, else by what upstream says of
/// latency. Settles the mode for this stream. Threads: the sink's streaming thread.
bool is_live_stream(TideTranscribe* self);

/// The sink's streaming thread.
void take_live_audio(TideTranscribe* self, MediaTime begin, std::span<const std::int16_t> samples);
/// Speech events, GAPs and everything else that is serialized. False when flushing.
bool take_live_event(TideTranscribe* self, EventPtr event);
/// After a flush.
void restart_live(TideTranscribe* self);

/// The source pad's task: each gives what it lets out to `TranscribeState::out`.
GstFlowReturn push_live(TideTranscribe* self, const LiveDecode& decode);
GstFlowReturn push_live(TideTranscribe* self, const SkippedWindow& skipped);
GstFlowReturn push_live(TideTranscribe* self, const LiveTick& tick);
/// What must come before `event`.
GstFlowReturn push_before_live_event(TideTranscribe* self, GstEvent* event);

}  // namespace subtide
