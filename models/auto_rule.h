#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "models/store.h"

namespace subtide {

/// What `auto` takes for a recogniser, and what the user should know about it.
struct AutoChoice {
  std::string spec;              ///< "whisper:base" or "pocketsphinx"
  bool assumes_english = false;  ///< the language was left open and the model knows only English
  std::string note;              ///< with the command that gets something better; may be empty
  bool operator==(const AutoChoice&) const = default;
};

/// The best of what is installed for `language` (BCP 47, or "auto" or empty for any): the Whisper
/// model of the highest rank that knows it, else pocketsphinx for English. A language that is left
/// open wants a multilingual model; where only English ones are there, English is assumed.
///
/// Errors: kUnsupported (nothing installed knows the language), kNotFound (nothing installed at
/// all); both name the command that helps.
Result<AutoChoice> choose_recognizer(const std::vector<ModelEntry>& models, bool has_pocketsphinx,
                                     const std::string& language);

/// True when `languages` (empty: any) holds the language of the tag.
bool knows_language(const std::vector<std::string>& languages, std::string_view tag);

/// "auto", or nothing said.
bool is_open_language(std::string_view tag);

}  // namespace subtide
