#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// A provider of the built-in models: fake, energy, silero, whisper, pocketsphinx, openai, apertium,
/// openai-chat and libretranslate, the auto rule, and ladders of them.
std::shared_ptr<ModelProvider> make_builtin_provider();

}  // namespace subtide
