#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

struct PocketsphinxOptions {
  int lanes = 1;  ///< calls that run at once; each has a decoder, made when first needed
  /// Holds en-us/ (acoustic model), en-us.lm.bin and cmudict-en-us.dict; Debian's package
  /// pocketsphinx-en-us puts them here.
  std::filesystem::path model_folder = "/usr/share/pocketsphinx/model/en-us";
};

/// Recognises US English with pocketsphinx: lower-case words without punctuation.
///
/// Every window is decoded as if it were the first, so order does not matter.
///
/// Threads: recognize() from any number; `lanes` run at once, the others wait.
/// Errors:  kNotFound (model; names the package), kUnsupported (a language other than English).
Result<std::shared_ptr<Recognizer>> make_pocketsphinx_recognizer(
    const PocketsphinxOptions& options);

}  // namespace subtide
