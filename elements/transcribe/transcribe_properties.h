#pragma once

#include <glib-object.h>

#include <memory>
#include <optional>
#include <string>

#include "elements/transcribe/live_recognition.h"
#include "elements/transcribe/window_transcriber.h"
#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/speech/window_packer.h"

namespace subtide {

enum class LiveChoice { kAuto, kNo, kYes };

/// What a user set on tidetranscribe, and what it tells.
struct TranscribeSettings {
  std::string recognizer = "auto";
  std::string language = "auto";
  std::string prompt;
  guint lanes = 0;  ///< 0: as many as there are cores, four at most
  guint threads_per_lane = 1;
  MediaDuration max_window{0};  ///< 0: the model's
  LiveChoice live = LiveChoice::kAuto;
  CommitRule commit_rule = CommitRule::kLocalAgreement;
  MediaDuration step = std::chrono::seconds(1);
  MediaDuration maximum_age = std::chrono::seconds(4);
  MediaDuration budget = std::chrono::seconds(8);
  std::optional<MediaDuration> latency;  ///< nothing: what the others add up to
  MediaDuration lateness{0};
  MediaDuration max_observed_delay{0};  ///< read-only
};

void install_transcribe_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_transcribe_property(TranscribeSettings& settings, guint id, const GValue* value);
bool get_transcribe_property(const TranscribeSettings& settings, guint id, GValue* value);

/// What a live pipeline is told to wait for: what was set, else the longest that a word may take.
MediaDuration live_latency(const TranscribeSettings& settings);

/// Errors: kInvalidArgument.
Result<LiveRecognition> make_live_recognition(const TranscribeSettings& settings,
                                              const ModelTraits& traits, int lanes);

/// Lanes and threads as numbers, with what is automatic worked out for `cores`.
ModelOptions model_options(const TranscribeSettings& settings, unsigned cores);

/// Loads the model. Errors: the provider's.
Result<std::shared_ptr<WindowTranscriber>> make_window_transcriber(
    const TranscribeSettings& settings, const ModelOptions& options, ModelProvider* provider);

/// Windows no longer than the model and the user want. Errors: kInvalidArgument.
Result<WindowPacker> make_window_packer(const TranscribeSettings& settings,
                                        const ModelTraits& traits);

}  // namespace subtide
