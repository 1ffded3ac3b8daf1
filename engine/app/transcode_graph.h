#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/app/encoder_settings.h"
#include "engine/app/transcode_options.h"
#include "engine/config/encoder_choice.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/burned_cues.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/transcode_session.h"

namespace subtide {

/// The built-in graph.
Result<GraphSpec> transcode_graph();

/// What one input becomes, or what one of several looks at it is for.
struct TranscodePlan {
  std::vector<RenditionPlan> renditions;       ///< empty: no pictures
  EncoderChoice encoder;                       ///< of the pictures
  EncodingPass pass = EncodingPass::kOnly;     ///< kFirst: nothing is written but `stats`
  std::filesystem::path stats;                 ///< of each rendition, without its number
  BurnedCues burned;                           ///< drawn into the pictures; null: none
  std::vector<TextTrack> told;                 ///< texts of the presentation that are known already
  bool has_shots = false;                      ///< pictures are looked at for what is heard
  std::vector<std::string> sound_languages;    ///< BCP 47 or "und", of the tracks that are kept
  std::vector<double> gains;                   ///< of each of these, dB; empty: as they are
  bool has_speech = false;                     ///< speech is written down
  bool is_checked = false;                     ///< --qc, in the look that writes
  bool watches = false;                        ///< pictures are checked, and not encoded
  std::vector<std::string> heard;              ///< languages of tracks that are checked and no more
  std::vector<std::filesystem::path> files;    ///< to write; one for each rendition
  std::filesystem::path folder;                ///< of the HLS presentation; empty: none
  std::filesystem::path sidecars;              ///< path of sidecars without .LANG.EXTENSION
  std::vector<SidecarFormat> sidecar_formats;  ///< empty: none are written
  bool may_replace = false;                    ///< sidecars that exist
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

/// Builds the session's graph for `plan` and sets up its elements: sizes, rates and profiles; cues
/// that are drawn or told.
/// Errors: as TranscodeSession::build(); kUnsupported for what an encoder cannot do.
Status build_graph(TranscodeSession& session, const GraphSpec& graph,
                   const TranscodeOptions& options, const TranscodePlan& plan);

}  // namespace subtide
