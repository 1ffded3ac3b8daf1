#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace subtide {

/// Closed classes of words: what a break may not follow, or may well precede. A word can be in
/// several ("that").
enum class WordClass : std::uint16_t {
  kDeterminer = 1 << 0,
  kPreposition = 1 << 1,
  kConjunction = 1 << 2,
  kPronoun = 1 << 3,
  kAuxiliary = 1 << 4,
  kNegation = 1 << 5,
  kAdverb = 1 << 6,  ///< of degree: "very"
  kNumber = 1 << 7,
  kUnit = 1 << 8,
  kTitle = 1 << 9,  ///< before a name: "Dr"
  kAbbreviation = 1 << 10,
  kProfanity = 1 << 11,
  kGenitive = 1 << 12,  ///< a preposition that binds closely: "of"
};

/// A set of word classes.
class WordClassSet {
 public:
  void add(WordClass word_class) { bits_ |= static_cast<std::uint16_t>(word_class); }
  void add(WordClassSet other) { bits_ |= other.bits_; }
  bool has(WordClass word_class) const {
    return (bits_ & static_cast<std::uint16_t>(word_class)) != 0;
  }
  bool empty() const { return bits_ == 0; }
  bool operator==(const WordClassSet&) const = default;

 private:
  std::uint16_t bits_ = 0;
};

/// The closed classes of one language, from words/<language>.txt, which is built in.
///
/// Owner:   the caller; a value. Threads: reading is safe from any.
/// Errors:  none; a language without a list has no words.
class WordLists {
 public:
  /// `language` is BCP 47; only its first part counts.
  static WordLists for_language(std::string_view language);
  /// Languages that have a list.
  static std::vector<std::string_view> languages();
  /// Parses the text of a list; lines it cannot read are skipped. For tests.
  static WordLists parse(std::string_view text);

  /// Classes of a word in its lookup form (lower case, no punctuation around).
  WordClassSet find(const std::string& word) const;
  std::size_t size() const { return words_.size(); }

 private:
  std::unordered_map<std::string, WordClassSet> words_;
};

}  // namespace subtide
