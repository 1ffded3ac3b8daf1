#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "models/model_breakers.h"
#include "models/store.h"

namespace subtide {

/// Where the built-in models find what they need.
struct BuiltinOptions {
  ModelStoreOptions store;
  std::string openai_key;          ///< for any server the user names
  std::string ambient_openai_key;  ///< set for other programs: only by https, or to this machine
  std::string libretranslate_key;
  std::string apertium_program = "apertium";
  std::filesystem::path pocketsphinx_folder = "/usr/share/pocketsphinx/model/en-us";
  std::shared_ptr<ModelHealthListener> listener;  ///< may be null
};

/// Model folders (model_store_options_from_environment), and the keys: SUBTIDE_OPENAI_KEY, else the
/// first line of the file that SUBTIDE_OPENAI_KEY_FILE names, else OPENAI_API_KEY (ambient);
/// SUBTIDE_LIBRETRANSLATE_KEY.
BuiltinOptions builtin_options_from_environment();

/// A provider of the built-in models: fake, energy, silero, whisper, pocketsphinx, openai,
/// apertium, openai-chat and libretranslate, the auto rule, and ladders of them. Each model is
/// behind its circuit breaker, alone too; what recognisers answer was checked (see ladder.h,
/// engine/speech/checked_recognizer.h).
std::shared_ptr<ModelProvider> make_builtin_provider();
std::shared_ptr<ModelProvider> make_builtin_provider(BuiltinOptions options);

/// "detector", "recognizer", "translator".
std::string_view to_string(ModelRole role);

/// One adapter, for people: whether it can be used here, and what to do if not.
struct ModelAvailability {
  std::string spec;  ///< how it is asked for: "whisper", "openai:URL"
  ModelRole role = ModelRole::kRecognizer;
  bool is_available = false;
  std::string detail;  ///< what there is: "base.en, small"; "5 language pairs"
  std::string remedy;  ///< what makes it available, or better; may be empty
};

/// All adapters but fake. Looks at files and runs `apertium -l`; asks no server.
std::vector<ModelAvailability> list_model_availability(const BuiltinOptions& options);

}  // namespace subtide
