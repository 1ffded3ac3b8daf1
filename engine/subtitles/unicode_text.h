#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// The one place where this folder asks ICU about characters. All text is UTF-8; bytes that are not
/// count as U+FFFD and never make a call fail.
///
/// Threads: any.

/// Number of grapheme clusters: what a viewer calls characters.
int grapheme_count(std::string_view text);

/// Byte offsets where each grapheme cluster ends; the last is text.size().
std::vector<std::size_t> grapheme_ends(std::string_view text);

/// Cuts at every place where the line breaking rules of Unicode allow a break (after a hyphen, in a
/// URL after a slash); nothing is lost.
std::vector<std::string> split_at_line_opportunities(std::string_view text);

/// Cuts a run without spaces (Chinese, Japanese, Thai) into dictionary words, punctuation staying
/// with its neighbour. Text of scripts that use spaces comes back whole.
std::vector<std::string> split_unspaced_words(std::string_view text);

/// First and last code point; 0 for empty text.
char32_t first_character(std::string_view text);
char32_t last_character(std::string_view text);

/// The code points of the text, letters and their accents joined where Unicode has them as one
/// (NFC).
std::u32string composed_characters(std::string_view text);

/// The first character without its accents; 0 for empty text.
char32_t base_character(std::string_view text);

/// Text without the punctuation and symbols at its two ends; `prefix` and `suffix` are what went.
struct TrimmedWord {
  std::string_view prefix;
  std::string_view core;
  std::string_view suffix;
};
TrimmedWord trim_punctuation(std::string_view text);

/// Lower case by the rules of `language` (BCP 47; may be empty), typographic apostrophes made
/// plain: the form in which words are looked up.
std::string lookup_form(std::string_view text, std::string_view language);

/// The first letter in its title form, the rest as it was.
std::string capitalise_first(std::string_view text, std::string_view language);

/// True for scripts that write no space between these two characters.
bool joins_without_space(char32_t left, char32_t right);
/// True when a line may not begin with this character (closing punctuation, small kana).
bool may_not_begin_line(char32_t character);
/// True when a line may not end with this character (opening brackets and quotes).
bool may_not_end_line(char32_t character);

bool is_letter(char32_t character);
bool is_upper_case(char32_t character);
bool is_lower_case(char32_t character);
bool is_digit(char32_t character);
/// As wide as it is high: Chinese, Japanese and Korean.
bool is_wide(char32_t character);
/// Closing brackets and quotes, which may follow a final full stop.
bool is_closing_mark(char32_t character);

/// Words at white space, unspaced scripts cut into dictionary words.
std::vector<std::string> split_words(std::string_view text);

/// The text without control characters, line and paragraph separators and bidirectional overrides,
/// embeddings and isolates. Joiners that scripts need stay.
std::string strip_controls(std::string_view text);

}  // namespace subtide
