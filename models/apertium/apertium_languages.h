#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// The three-letter code (ISO 639-3) of a BCP 47 tag's language: "en-GB" -> "eng". Codes without a
/// shorter form are their own.
std::string to_iso639_3(std::string_view tag);

/// The shortest code: "eng" -> "en"; others unchanged.
std::string to_bcp47(std::string_view code);

/// An installed pair, such as "spa-eng_US".
struct ApertiumPair {
  std::string mode;    ///< as apertium names it
  std::string source;  ///< three letters
  std::string target;  ///< three letters
  bool has_variant = false;
};

/// Nothing for a mode that is not a plain pair of languages (debug modes such as "eng-spa-tagger").
std::optional<ApertiumPair> parse_apertium_mode(std::string_view mode);

/// The fewest pairs from source to target (three-letter codes), plain ones before variants; the
/// first of equals in alphabetical order. Nothing when there is no way.
std::optional<std::vector<std::string>> find_apertium_route(const std::vector<ApertiumPair>& pairs,
                                                            const std::string& source,
                                                            const std::string& target);

}  // namespace subtide
