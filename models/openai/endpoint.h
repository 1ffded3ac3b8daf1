#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "models/openai/openai_recognizer.h"

namespace subtide {

/// Where requests go: see make_openai_recognizer. `call` is such as "audio/transcriptions".
/// Errors: kInvalidArgument.
Result<std::string> openai_endpoint(const std::string& url, std::string_view call);

/// A POST to `endpoint` with the key, the timeout and the stop token.
HttpRequest openai_request(const std::string& endpoint, const OpenAiOptions& options,
                           std::stop_token stop);

/// The body of a good answer, or what a bad one means. `endpoint` names the server in messages.
Result<std::string> openai_body(Result<HttpResponse> answer, const std::string& endpoint);

/// "the server at URL answered with something that is not WHAT".
Error senseless_answer(const std::string& endpoint, std::string_view what);

}  // namespace subtide
