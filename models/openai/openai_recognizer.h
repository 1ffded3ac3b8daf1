#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "engine/net/http_retry.h"
#include "engine/speech/ports.h"

namespace subtide {

/// A server that speaks OpenAI's protocol.
struct OpenAiOptions {
  std::string url;    ///< as the user gave it
  std::string model;  ///< empty: "whisper-1" for audio; for chat it must be given
  std::string key;    ///< sent as a bearer token; empty: none
  std::chrono::milliseconds timeout = std::chrono::seconds(120);  ///< for one answer
  RetryPolicy retries;
};

/// Recognises speech with a server that has /v1/audio/transcriptions.
///
/// The request goes to URL/v1/audio/transcriptions; to URL/audio/transcriptions where the URL's
/// path ends with /v1; exactly to the URL where it has another path. The window is sent as a WAV
/// file. Words take their times from the server where it gives any (whisper.cpp's server, OpenAI,
/// faster-whisper servers), else by length inside its segments, else inside the window.
///
/// Threads: recognize() from any number; all run at once.
/// Errors:  make: kInvalidArgument (URL). recognize: kUnavailable (away, busy, senseless answer,
///          stopped), kDeadline, kDenied (key, address rule), kUnsupported (the request is
///          refused).
Result<std::shared_ptr<Recognizer>> make_openai_recognizer(OpenAiOptions options,
                                                           std::shared_ptr<HttpClient> client);

}  // namespace subtide
