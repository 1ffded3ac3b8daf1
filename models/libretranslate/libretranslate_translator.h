#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "engine/net/http_retry.h"
#include "engine/speech/ports.h"

namespace subtide {

struct LibreTranslateOptions {
  std::string url;  ///< with a path: asked exactly there; else at URL/translate
  std::string key;  ///< sent as api_key; empty: none
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  RetryPolicy retries;
};

/// Translates with a LibreTranslate server: a list of sentences out, a list back.
///
/// Threads: translate() from any number; all run at once.
/// Errors:  make: kInvalidArgument (URL). translate: kUnsupported (refused, such as an unknown
///          language), kUnavailable (away, busy, senseless answer, stopped), kDeadline, kDenied
///          (key).
Result<std::shared_ptr<Translator>> make_libretranslate_translator(
    LibreTranslateOptions options, std::shared_ptr<HttpClient> client);

}  // namespace subtide
