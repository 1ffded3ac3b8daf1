#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/app/transcode_options.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/transcode_session.h"

namespace subtide {

/// The built-in graph.
Result<GraphSpec> transcode_graph();

/// What one input becomes.
struct TranscodePlan {
  std::vector<RenditionPlan> renditions;       ///< empty: no pictures
  std::vector<std::string> sound_languages;    ///< BCP 47 or "und", of the tracks that are kept
  bool has_speech = false;                     ///< speech is written down
  std::vector<std::filesystem::path> files;    ///< to write; one for each rendition
  std::filesystem::path folder;                ///< of the HLS presentation; empty: none
  std::filesystem::path sidecars;              ///< path of sidecars without .LANG.EXTENSION
  std::vector<SidecarFormat> sidecar_formats;  ///< empty: none are written
  std::filesystem::path texts;                 ///< path of all texts as JSON, without .LANG.json

  /// Of a presentation: a movie with the coded streams that are taken over, the codec and names of
  /// its pictures, the languages of its sound.
  std::filesystem::path copied;
  std::string copied_codec;
  std::vector<std::string> copied_pictures;
  std::vector<std::string> copied_sound;
  /// Renditions of the presentation for texts that the source has itself, and their languages.
  std::vector<std::string> source_texts;
  std::vector<std::string> source_text_languages;

  /// The graph makes coded streams.
  bool encodes() const { return !renditions.empty() || !sound_languages.empty(); }
};

ParameterValues transcode_graph_values(const TranscodeOptions& options, const TranscodePlan& plan);

/// Sizes, rates and profiles, on the elements of the session's graph.
/// Errors: kUnsupported for what an encoder cannot do.
Status set_encoders(const TranscodeSession& session, const TranscodeOptions& options,
                    const TranscodePlan& plan);

}  // namespace subtide
