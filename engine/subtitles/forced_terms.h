#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/subtitles/glossary.h"

namespace subtide {

/// The translations that a glossary forces for one target language.
///
/// A term is replaced by a made-up word before translation, which translators hand through, and by
/// its forced translation after it. Terms match whole words whatever their case; of several the
/// longest wins.
///
/// Owner:   the caller; immutable. Threads: any. Errors: none.
class ForcedTerms {
 public:
  /// Terms of `language`, or of its main part ("es" for "es-MX").
  ForcedTerms(const Glossary& glossary, const std::string& language);

  struct Covered {
    std::string text;                       ///< with made-up words
    std::vector<std::string> replacements;  ///< in order of the made-up words' numbers
  };
  Covered cover(const std::vector<std::string>& words) const;

  /// Nothing when the translator lost one of the made-up words.
  static std::optional<std::string> uncover(std::string text, const Covered& covered);

 private:
  struct Term {
    std::vector<std::string> source;  ///< words as lookup_form() gives them
    std::string target;
  };
  const Term* find(const std::vector<std::string>& words, std::size_t first) const;

  std::vector<Term> terms_;  ///< most words first
};

}  // namespace subtide
