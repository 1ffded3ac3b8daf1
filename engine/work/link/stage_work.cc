#include "engine/work/link/stage_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/work/store/transcript_json.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

/// No ladder is longer.
constexpr int kMostLesserModels = 16;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> transcribe(Recognizer& model, const BlobStore& blobs, const LaneWork& work) {
  auto payload = transcribe_payload_from_json(work.lease.payload);
  if (!payload) return payload.error();
  const auto window = blobs.get_window(payload->blob, std::move(payload->pieces));
  if (!window) return window.error();
  RecognitionRequest request;
  request.language = payload->language;
  request.prompt = payload->prompt;
  request.is_partial = payload->is_partial;
  request.audio_context = payload->audio_context;
  request.effort = payload->effort;
  request.lesser_model = payload->lesser_model;
  request.stop = work.stop;
  request.progress = work.progress;
  const auto transcript = model.recognize(**window, request);
  if (!transcript) return transcript.error();
  return to_json(*transcript);
}

Result<std::string> translate(Translator& model, const LaneWork& work) {
  const auto payload = translate_payload_from_json(work.lease.payload);
  if (!payload) return payload.error();
  TranslationRequest request;
  request.source_language = payload->source_language;
  request.target_language = payload->target_language;
  request.context = payload->context;
  request.stop = work.stop;
  request.progress = work.progress;
  auto sentences = model.translate(payload->sentences, request);
  if (!sentences) return sentences.error();
  return to_json(TranslatedSentences{payload->target_language, std::move(*sentences)});
}

}  // namespace

bool has_auto(std::string_view spec) {
  return spec == "auto" || spec.starts_with("auto,") || spec.ends_with(",auto") ||
         spec.find(",auto,") != std::string_view::npos;
}

std::string served_name(const std::string& stage, const std::string& spec,
                        const ModelOptions& options) {
  if (stage == kTranslateStage) {
    return fmt::format("{} {}>{}", spec, options.language.empty() ? "auto" : options.language,
                       options.target_language);
  }
  // The language steers only what is chosen.
  return has_auto(spec) ? fmt::format("{} {}", spec, options.language) : spec;
}

std::vector<std::string> served_names(const std::string& stage, const std::string& spec,
                                      const ModelOptions& options, const ModelTraits& model) {
  std::vector<std::string> names = {served_name(stage, spec, options)};
  if (has_auto(spec)) names.push_back(served_name(stage, model.spec, options));
  return names;
}

std::string to_json(const TranscribePayload& payload) {
  return dump({{"blob", payload.blob},
               {"pieces", to_json(payload.pieces)},
               {"language", payload.language},
               {"prompt", payload.prompt},
               {"partial", payload.is_partial},
               {"window_context", payload.audio_context == AudioContext::kWindow},
               {"quick", payload.effort == SearchEffort::kQuick},
               {"lesser_model", payload.lesser_model}});
}

std::string to_json(const TranslatePayload& payload) {
  return dump({{"source_language", payload.source_language},
               {"target_language", payload.target_language},
               {"context", payload.context},
               {"sentences", payload.sentences}});
}

Result<TranscribePayload> transcribe_payload_from_json(std::string_view text) try {
  const Json json = Json::parse(text);
  TranscribePayload payload;
  json.at("blob").get_to(payload.blob);
  auto pieces = pieces_from_json(json.at("pieces").get<std::string>());
  if (!pieces) return pieces.error();
  payload.pieces = std::move(*pieces);
  json.at("language").get_to(payload.language);
  json.at("prompt").get_to(payload.prompt);
  // Dead letters of former versions have none of these.
  payload.is_partial = json.value("partial", false);
  if (json.value("window_context", false)) payload.audio_context = AudioContext::kWindow;
  if (json.value("quick", false)) payload.effort = SearchEffort::kQuick;
  payload.lesser_model = std::clamp(json.value("lesser_model", 0), 0, kMostLesserModels);
  return payload;
} catch (const Json::exception& error) {
  return make_error(ErrorCode::kBadInput, "payload: {}", error.what());
}

Result<TranslatePayload> translate_payload_from_json(std::string_view text) try {
  const Json json = Json::parse(text);
  TranslatePayload payload;
  json.at("source_language").get_to(payload.source_language);
  json.at("target_language").get_to(payload.target_language);
  json.at("context").get_to(payload.context);
  json.at("sentences").get_to(payload.sentences);
  return payload;
} catch (const Json::exception& error) {
  return make_error(ErrorCode::kBadInput, "payload: {}", error.what());
}

LaneFunction transcribe_work(std::shared_ptr<Recognizer> model, BlobStore blobs) {
  return [model = std::move(model), blobs = std::move(blobs)](const LaneWork& work) {
    return transcribe(*model, blobs, work);
  };
}

LaneFunction translate_work(std::shared_ptr<Translator> model) {
  return [model = std::move(model)](const LaneWork& work) { return translate(*model, work); };
}

Status check_result(const std::string& stage, const std::string& result) {
  if (stage == kTranscribeStage) {
    const auto transcript = transcript_from_json(result);
    if (!transcript) return transcript.error();
    return ok();
  }
  const auto translation = translation_from_json(result);
  if (!translation) return translation.error();
  return ok();
}

}  // namespace subtide
