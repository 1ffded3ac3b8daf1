#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "engine/speech/ports.h"
#include "models/openai/openai_recognizer.h"

namespace subtide {

/// Translates with a language model behind /v1/chat/completions (llama.cpp's server, Ollama, vLLM,
/// a cloud). The URL is read as by make_openai_recognizer.
///
/// Sentences go out as numbered JSON and must come back with the same numbers; one answer that is
/// anything else is shown to the model once with what was wrong; a second one is an error.
///
/// Threads: translate() from any number; all run at once.
/// Errors:  as the recogniser's; kUnavailable when the model does not keep to the numbers.
Result<std::shared_ptr<Translator>> make_chat_translator(OpenAiOptions options,
                                                         std::shared_ptr<HttpClient> client);

}  // namespace subtide
