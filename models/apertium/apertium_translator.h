#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

struct ApertiumOptions {
  std::string program = "apertium";  ///< a path, or a name looked up on PATH
  int lanes = 1;                     ///< calls that run at once: processes kept per pair
  std::chrono::milliseconds timeout = std::chrono::seconds(20);  ///< for one batch of sentences
};

/// Translates by rules with the Apertium language pairs that are installed, through a third
/// language where there is no direct pair (eng-spa, spa-ita).
///
/// A process per pair and lane stays alive and is started anew when it dies. Sentences are answered
/// one for one, whatever characters they hold; line breaks in a sentence become spaces.
///
/// Threads: translate() from any number; `lanes` run at once for a pair, the others wait.
/// Errors:  make: kNotFound (the program; names the package). translate: kUnsupported (no way from
///          source to target; names the package to install), kUnavailable (died twice, stopped),
///          kDeadline.
Result<std::shared_ptr<Translator>> make_apertium_translator(const ApertiumOptions& options);

/// The pairs to go through, such as {"eng-spa", "spa-ita"}; empty when source and target are the
/// same language. Languages are BCP 47.
/// Errors: kNotFound (program), kUnsupported (no way; names the package).
Result<std::vector<std::string>> apertium_route(const ApertiumOptions& options,
                                                const std::string& source,
                                                const std::string& target);

/// The installed pairs, as `apertium -l` lists them. Errors: kNotFound.
Result<std::vector<std::string>> list_apertium_pairs(const ApertiumOptions& options);

}  // namespace subtide
