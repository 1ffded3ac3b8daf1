#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// Spellings and translations that a user forces.
struct Glossary {
  /// Term as heard, of one or more words -> as it is to be written. Case does not matter.
  std::map<std::string, std::string> spelling;
  /// Language (BCP 47) -> source term -> its translation.
  std::map<std::string, std::map<std::string, std::string>> translation;
  bool operator==(const Glossary&) const = default;
};

/// Parses the text of a glossary file (JSON). `name` is the file's, for messages.
///
/// Errors: kBadInput names the file, the line or the field, and what was expected there. Never
///         throws.
Result<Glossary> parse_glossary(std::string_view text, std::string_view name);

}  // namespace subtide
