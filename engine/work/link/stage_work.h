#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/work/link/worker_link.h"
#include "engine/work/store/blob_store.h"

namespace subtide {

inline constexpr const char* kTranscribeStage = "transcribe";
inline constexpr const char* kTranslateStage = "translate";

/// What travels for one window: its sound is in the blob store, under `blob`.
struct TranscribePayload {
  std::string blob;
  std::vector<WindowPiece> pieces;
  std::string language = "auto";
  std::string prompt;
  /// As in RecognitionRequest; other than these for live windows.
  bool is_partial = false;
  AudioContext audio_context = AudioContext::kWhole;
  SearchEffort effort = SearchEffort::kFull;
  int lesser_model = 0;
};
/// What travels for one batch of sentences.
struct TranslatePayload {
  std::string source_language;
  std::string target_language;
  std::vector<std::string> context;
  std::vector<std::string> sentences;
};

/// The name by which tasks ask for the model that `spec` gives with these options. A translator's
/// holds its languages: "apertium en>es".
std::string served_name(const std::string& stage, const std::string& spec,
                        const ModelOptions& options);
/// Whether the spec leaves the choice of the model to whoever loads it.
bool has_auto(std::string_view spec);
/// All names that a worker with that model serves: as asked for and, where it had the choice, by
/// what it chose.
std::vector<std::string> served_names(const std::string& stage, const std::string& spec,
                                      const ModelOptions& options, const ModelTraits& model);

std::string to_json(const TranscribePayload& payload);
std::string to_json(const TranslatePayload& payload);
/// Errors: kBadInput, naming the field.
Result<TranscribePayload> transcribe_payload_from_json(std::string_view json);
Result<TranslatePayload> translate_payload_from_json(std::string_view json);

/// What a worker does with a lease of its stage: reads the payload, asks the model, writes the
/// result as JSON. Threads: any.
LaneFunction transcribe_work(std::shared_ptr<Recognizer> model, BlobStore blobs);
LaneFunction translate_work(std::shared_ptr<Translator> model);

/// Whether `result` is one of `stage`. Errors: kBadInput.
Status check_result(const std::string& stage, const std::string& result);

}  // namespace subtide
