#pragma once

#include <memory>
#include <string_view>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// Models for tests: exact words at exact times, delays, errors, garbage. All are deterministic and
/// stateless: the same window or sentence gives the same answer, whatever was asked before.
///
/// `spec_rest` is what follows "fake:" in a spec: nothing (the default behaviour), inline JSON that
/// starts with '{', the path of a file that ends in ".json", or plain words. The README has the
/// fields of the JSON.
///
/// Threads: any. Errors: kInvalidArgument (JSON, unknown field), kNotFound (file).

/// Default: one word each half second of media time that names it: "s12" at 12.0 s, "s12h" at
/// 12.5 s, each 0.4 s long. Plain words: the same times, these words over and over.
Result<std::shared_ptr<Recognizer>> make_fake_recognizer(std::string_view spec_rest,
                                                         const ModelOptions& options);

/// Default: the sentence after a tag with the target language, "[es] Hello.". Plain word "upper":
/// ASCII capitals.
Result<std::shared_ptr<Translator>> make_fake_translator(std::string_view spec_rest,
                                                         const ModelOptions& options);

/// Default: speech where a detector window has a sample louder than -30 dBFS.
Result<std::shared_ptr<SpeechDetector>> make_fake_detector(std::string_view spec_rest);

}  // namespace subtide
