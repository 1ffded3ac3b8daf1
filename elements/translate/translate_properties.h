#pragma once

#include <glib-object.h>

#include <string>

#include "elements/translate/sentence_translator.h"
#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// What a user set on tidetranslate.
struct TranslateSettings {
  std::string translator = "auto";
  std::string source_language = "auto";
  std::string target_language;
  std::string glossary;  ///< path; empty: none
  guint lanes = 1;
  guint batch = 1;
  OnFailure on_failure = OnFailure::kGap;
  MediaDuration max_delay = std::chrono::seconds(8);  ///< 0: as for a file
};

void install_translate_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_translate_property(TranslateSettings& settings, guint id, const GValue* value);
bool get_translate_property(const TranslateSettings& settings, guint id, GValue* value);

/// Loads the model and the glossary. Errors: kInvalidArgument without target language, and what
/// the provider and reading the glossary give.
Result<std::shared_ptr<SentenceTranslator>> make_sentence_translator(
    const TranslateSettings& settings, ModelProvider* provider);

}  // namespace subtide
