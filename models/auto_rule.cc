#include "models/auto_rule.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

std::string_view primary(std::string_view tag) { return tag.substr(0, tag.find_first_of("-_")); }

bool is_english(std::string_view tag) { return primary(tag) == "en"; }

// The best installed model that `is_fit`; for English a model of English alone wins among equals.
template <typename Fit>
const ModelEntry* best(const std::vector<ModelEntry>& models, bool prefers_english, Fit is_fit) {
  const ModelEntry* found = nullptr;
  const auto value = [&](const ModelEntry& model) {
    const bool is_favoured = prefers_english && !model.languages.empty();
    return std::pair(model.rank, is_favoured ? 1 : 0);
  };
  for (const auto& model : models) {
    const bool is_candidate = model.kind == ModelKind::kWhisper && !model.is_test_only &&
                              model.state == ModelState::kInstalled && is_fit(model);
    if (is_candidate && (found == nullptr || value(model) > value(*found))) found = &model;
  }
  return found;
}

AutoChoice english_pocketsphinx(bool is_assumed) {
  return {"pocketsphinx", is_assumed,
          std::string(is_assumed ? "English is assumed; " : "") +
              "rough: for good text run: subtide models pull base.en" +
              (is_assumed ? " (or base for other languages)" : "")};
}

Result<AutoChoice> choose_for_open_language(const std::vector<ModelEntry>& models,
                                            bool has_pocketsphinx) {
  const auto is_any = [](const ModelEntry&) { return true; };
  const auto is_multilingual = [](const ModelEntry& model) { return model.languages.empty(); };
  if (const auto* model = best(models, false, is_multilingual)) {
    return AutoChoice{"whisper:" + model->name, false, ""};
  }
  if (const auto* model = best(models, true, is_any)) {
    return AutoChoice{"whisper:" + model->name, true,
                      "English is assumed; for other languages run: subtide models pull base"};
  }
  if (has_pocketsphinx) return english_pocketsphinx(true);
  return make_error(ErrorCode::kNotFound,
                    "no speech recogniser is installed; run: subtide models pull base, or: apt "
                    "install pocketsphinx-en-us");
}

}  // namespace

bool is_open_language(std::string_view tag) { return tag.empty() || tag == "auto"; }

bool knows_language(const std::vector<std::string>& languages, std::string_view tag) {
  return languages.empty() ||
         std::any_of(languages.begin(), languages.end(), [tag](const std::string& language) {
           return primary(language) == primary(tag);
         });
}

Result<AutoChoice> choose_recognizer(const std::vector<ModelEntry>& models, bool has_pocketsphinx,
                                     const std::string& language) {
  if (is_open_language(language)) return choose_for_open_language(models, has_pocketsphinx);
  const auto is_fit = [&language](const ModelEntry& model) {
    return knows_language(model.languages, language);
  };
  if (const auto* model = best(models, is_english(language), is_fit)) {
    return AutoChoice{"whisper:" + model->name, false, ""};
  }
  if (is_english(language)) {
    if (has_pocketsphinx) return english_pocketsphinx(false);
    return make_error(
        ErrorCode::kNotFound,
        "no speech recogniser is installed; run: subtide models pull base.en, or: apt "
        "install pocketsphinx-en-us");
  }
  return make_error(
      ErrorCode::kUnsupported,
      "no installed model recognises the language '{}'; run: subtide models pull base", language);
}

}  // namespace subtide
