#include <utility>

#include "models/apertium/apertium_translator.h"
#include "models/builtin.h"
#include "models/store.h"

namespace subtide {
namespace {

ModelAvailability silero(const std::vector<ModelEntry>& models) {
  for (const auto& model : models) {
    if (model.kind != ModelKind::kDetector || model.state != ModelState::kInstalled) continue;
    return {"silero", ModelRole::kDetector, true, model.installed_path.string(), ""};
  }
  return {"silero", ModelRole::kDetector, false, "no model file",
          "subtide models pull silero (0.9 MB)"};
}

ModelAvailability whisper(const std::vector<ModelEntry>& models) {
  std::string names;
  for (const auto& model : models) {
    const bool counts = model.kind == ModelKind::kWhisper && !model.is_test_only &&
                        model.state == ModelState::kInstalled;
    if (counts) names += (names.empty() ? "" : ", ") + model.name;
  }
  if (!names.empty()) return {"whisper", ModelRole::kRecognizer, true, names, ""};
  return {"whisper", ModelRole::kRecognizer, false, "no model file",
          "subtide models pull base.en (142 MiB, English), or base (all languages)"};
}

ModelAvailability pocketsphinx(const BuiltinOptions& options) {
  std::error_code failed;
  if (std::filesystem::is_directory(options.pocketsphinx_folder, failed)) {
    return {"pocketsphinx", ModelRole::kRecognizer, true, "US English, rough", ""};
  }
  return {"pocketsphinx", ModelRole::kRecognizer, false, "no acoustic model",
          "apt install pocketsphinx-en-us"};
}

ModelAvailability apertium(const BuiltinOptions& options) {
  const auto pairs = list_apertium_pairs({.program = options.apertium_program});
  if (!pairs) {
    return {"apertium", ModelRole::kTranslator, false, "not installed",
            "apt install apertium apertium-eng-spa apertium-spa-ita"};
  }
  if (pairs->empty()) {
    return {"apertium", ModelRole::kTranslator, false, "no language pair",
            "apt install apertium-eng-spa apertium-spa-ita"};
  }
  std::string names;
  for (const auto& pair : *pairs) names += (names.empty() ? "" : ", ") + pair;
  return {"apertium", ModelRole::kTranslator, true, names, ""};
}

ModelAvailability server(std::string spec, ModelRole role, bool has_key, std::string example) {
  return {std::move(spec), role, true, has_key ? "a key is set" : "no key is set",
          "give the address: " + std::move(example)};
}

}  // namespace

std::string_view to_string(ModelRole role) {
  switch (role) {
    case ModelRole::kDetector:
      return "detector";
    case ModelRole::kRecognizer:
      return "recognizer";
    case ModelRole::kTranslator:
      return "translator";
  }
  return "recognizer";
}

std::vector<ModelAvailability> list_model_availability(const BuiltinOptions& options) {
  const auto store = ModelStore::create(options.store);
  const auto models = store ? store->list() : std::vector<ModelEntry>{};
  const bool has_key = !options.openai_key.empty() || !options.ambient_openai_key.empty();
  return {silero(models),
          {"energy", ModelRole::kDetector, true, "by loudness; takes music for speech", ""},
          whisper(models),
          pocketsphinx(options),
          server("openai:URL", ModelRole::kRecognizer, has_key, "openai:http://localhost:8080"),
          apertium(options),
          server("openai-chat:URL", ModelRole::kTranslator, has_key,
                 "openai-chat:http://localhost:8080#MODEL"),
          server("libretranslate:URL", ModelRole::kTranslator, !options.libretranslate_key.empty(),
                 "libretranslate:http://localhost:5000")};
}

}  // namespace subtide
