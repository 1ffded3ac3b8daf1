#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/transcode_graph.h"
#include "engine/app/transcode_options.h"
#include "engine/config/graph_spec.h"
#include "engine/events/catalogue.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/media_source.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/session.h"

namespace subtide {

/// Name of the folder for sidecars that wait for the rest.
inline constexpr const char* kOwnTexts = "own";

/// A look at a job's input before the one that writes its media: texts that are drawn into pictures
/// have to be known before these are encoded, and the first of two passes knows what pictures cost.
struct EarlyLook {
  MediaSelection selection;
  TranscodePlan plan;
  std::shared_ptr<ModelProvider> models;  ///< the job's
};

/// Writes down what is heard; sidecars into the folder `own` beside the texts. Pictures are decoded
/// for their shot changes. `selection` has speech.
EarlyLook look_for_texts(const MediaSelection& selection, const TranscodePlan& plan);

/// Encodes pictures, and keeps nothing of them but what the second pass wants to know.
EarlyLook look_for_costs(const MediaSelection& selection, const TranscodePlan& plan);

/// Threads: the caller's; blocks. Errors: those of TranscodeSession; kUnavailable when stopped.
Result<SessionResult> take_look(const EarlyLook& look, const MediaInput& input,
                                const MediaInformation& media, const GraphSpec& graph,
                                const TranscodeOptions& options, SessionObserver& observer,
                                const std::stop_token& stop);

/// The cues of JSON files that a look wrote: what is spoken, then as `asked` for.
/// Errors: as read_back().
Result<std::vector<TextTrack>> read_tracks(const std::vector<OutputNamed>& texts,
                                           const std::vector<std::string>& asked);

/// Of `tracks`, what is spoken first: the one that is drawn. Null when no such text was made.
const TextTrack* burned_track(const std::vector<TextTrack>& tracks,
                              const TranscodeOptions& options);

/// What was heard by one look and written by another, as one run would tell it.
SessionResult joined(SessionResult heard, SessionResult written);

}  // namespace subtide
