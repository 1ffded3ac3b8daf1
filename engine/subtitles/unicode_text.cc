#include "engine/subtitles/unicode_text.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <memory>

namespace subtide {

namespace {

enum class BreakKind { kCharacter, kWord, kLine };

std::unique_ptr<icu::BreakIterator> make_iterator(BreakKind kind) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale& root = icu::Locale::getRoot();
  std::unique_ptr<icu::BreakIterator> iterator;
  switch (kind) {
    case BreakKind::kCharacter:
      iterator.reset(icu::BreakIterator::createCharacterInstance(root, status));
      break;
    case BreakKind::kWord:
      iterator.reset(icu::BreakIterator::createWordInstance(root, status));
      break;
    case BreakKind::kLine:
      iterator.reset(icu::BreakIterator::createLineInstance(root, status));
      break;
  }
  assert(U_SUCCESS(status) && iterator != nullptr);
  return iterator;
}

/// Opening an iterator reads ICU's data and costs more than a line of text, so each thread keeps
/// its own.
icu::BreakIterator& thread_iterator(BreakKind kind) {
  thread_local const std::unique_ptr<icu::BreakIterator> iterators[] = {
      make_iterator(BreakKind::kCharacter), make_iterator(BreakKind::kWord),
      make_iterator(BreakKind::kLine)};
  return *iterators[static_cast<std::size_t>(kind)];
}

std::vector<std::size_t> border_offsets(std::string_view text, BreakKind kind) {
  icu::BreakIterator& iterator = thread_iterator(kind);
  UErrorCode status = U_ZERO_ERROR;
  UText* utext =
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
  iterator.setText(utext, status);
  std::vector<std::size_t> offsets;
  for (std::int32_t at = iterator.next(); at != icu::BreakIterator::DONE; at = iterator.next()) {
    offsets.push_back(static_cast<std::size_t>(at));
  }
  utext_close(utext);
  return offsets;
}

/// Decodes one code point and moves `at` behind it; U+FFFD for bytes that are not UTF-8.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  auto index = static_cast<std::int32_t>(at);
  UChar32 character = 0;
  U8_NEXT_OR_FFFD(bytes, index, size, character);
  at = static_cast<std::size_t>(index);
  return static_cast<char32_t>(character);
}

UChar32 to_icu(char32_t character) { return static_cast<UChar32>(character); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// True when the code point is a cluster of its own whatever stands beside it.
bool is_simple_cluster(char32_t character) {
  const std::int32_t kind = u_getIntPropertyValue(to_icu(character), UCHAR_GRAPHEME_CLUSTER_BREAK);
  return kind == U_GCB_OTHER || kind == U_GCB_LV || kind == U_GCB_LVT;
}

bool is_unspaced_script(char32_t character) {
  const UChar32 c = to_icu(character);
  if (c < 0x0E00) return false;
  return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || (c >= 0x3000 && c <= 0x30FF) ||
         (c >= 0x31F0 && c <= 0x31FF) || (c >= 0xFF01 && c <= 0xFF9F) ||
         u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
}

bool is_word_core(char32_t character) {
  const UChar32 c = to_icu(character);
  return u_isalnum(c) || (U_GET_GC_MASK(c) & (U_GC_M_MASK | U_GC_SO_MASK | U_GC_SC_MASK)) != 0 ||
         c == '%' || c == '@' || c == '#' || c == '&';
}

icu::UnicodeString to_unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

icu::Locale locale_of(std::string_view language) {
  return icu::Locale::createCanonical(std::string(language).c_str());
}

std::vector<std::string> pieces_at(std::string_view text, const std::vector<std::size_t>& ends) {
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (const std::size_t end : ends) {
    pieces.emplace_back(text.substr(from, end - from));
    from = end;
  }
  return pieces;
}

}  // namespace

int grapheme_count(std::string_view text) {
  if (is_ascii(text) && text.find('\r') == std::string_view::npos) {
    return static_cast<int>(text.size());
  }
  int count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (!is_simple_cluster(next_character(text, at))) {
      return static_cast<int>(border_offsets(text, BreakKind::kCharacter).size());
    }
  }
  return count;
}

std::vector<std::size_t> grapheme_ends(std::string_view text) {
  return border_offsets(text, BreakKind::kCharacter);
}

std::vector<std::string> split_at_line_opportunities(std::string_view text) {
  return pieces_at(text, border_offsets(text, BreakKind::kLine));
}

std::vector<std::string> split_unspaced_words(std::string_view text) {
  bool has_unspaced = false;
  for (std::size_t at = 0; at < text.size() && !has_unspaced;) {
    has_unspaced = is_unspaced_script(next_character(text, at));
  }
  if (!has_unspaced) return {std::string(text)};
  const std::vector<std::size_t> words = border_offsets(text, BreakKind::kWord);
  std::vector<std::size_t> both;
  for (const std::size_t line : border_offsets(text, BreakKind::kLine)) {
    if (std::binary_search(words.begin(), words.end(), line)) both.push_back(line);
  }
  return pieces_at(text, both);
}

char32_t first_character(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t at = 0;
  return next_character(text, at);
}

char32_t last_character(std::string_view text) {
  if (text.empty()) return 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto at = static_cast<std::int32_t>(text.size());
  U8_BACK_1(bytes, 0, at);
  auto from = static_cast<std::size_t>(at);
  return next_character(text, from);
}

TrimmedWord trim_punctuation(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    if (!is_word_core(next_character(text, at))) continue;
    begin = std::min(begin, from);
    end = at;
  }
  if (begin >= end) return {text.substr(0, 0), text.substr(0, 0), text};
  return {text.substr(0, begin), text.substr(begin, end - begin), text.substr(end)};
}

std::string lookup_form(std::string_view text, std::string_view language) {
  std::string out;
  if (is_ascii(text) && !language.starts_with("tr") && !language.starts_with("az")) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  icu::UnicodeString unicode = to_unicode(text);
  unicode.toLower(locale_of(language))
      .findAndReplace(icu::UnicodeString(u'\u2019'), icu::UnicodeString(u'\''));
  unicode.toUTF8String(out);
  return out;
}

std::string capitalise_first(std::string_view text, std::string_view language) {
  const TrimmedWord word = trim_punctuation(text);
  if (word.core.empty()) return std::string(text);
  std::size_t at = 0;
  next_character(word.core, at);
  icu::UnicodeString first = to_unicode(word.core.substr(0, at));
  first.toTitle(nullptr, locale_of(language));
  std::string out(word.prefix);
  first.toUTF8String(out);
  return out.append(word.core.substr(at)).append(word.suffix);
}

bool joins_without_space(char32_t left, char32_t right) {
  return is_unspaced_script(left) && is_unspaced_script(right);
}

bool may_not_begin_line(char32_t character) {
  switch (u_getIntPropertyValue(to_icu(character), UCHAR_LINE_BREAK)) {
    case U_LB_CLOSE_PUNCTUATION:
    case U_LB_CLOSE_PARENTHESIS:
    case U_LB_EXCLAMATION:
    case U_LB_INFIX_NUMERIC:
    case U_LB_NONSTARTER:
    case U_LB_CONDITIONAL_JAPANESE_STARTER:
      return true;
    default:
      return u_getIntPropertyValue(to_icu(character), UCHAR_GENERAL_CATEGORY) ==
             U_FINAL_PUNCTUATION;
  }
}

bool may_not_end_line(char32_t character) {
  const std::int32_t category = u_getIntPropertyValue(to_icu(character), UCHAR_GENERAL_CATEGORY);
  return category == U_START_PUNCTUATION || category == U_INITIAL_PUNCTUATION;
}

bool is_letter(char32_t character) { return u_isalpha(to_icu(character)) != 0; }
bool is_upper_case(char32_t character) {
  return u_isupper(to_icu(character)) != 0 || u_istitle(to_icu(character)) != 0;
}
bool is_lower_case(char32_t character) { return u_islower(to_icu(character)) != 0; }
bool is_digit(char32_t character) { return u_isdigit(to_icu(character)) != 0; }
bool is_wide(char32_t character) {
  const std::int32_t width = u_getIntPropertyValue(to_icu(character), UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH;
}

bool is_closing_mark(char32_t character) {
  const std::int32_t category = u_getIntPropertyValue(to_icu(character), UCHAR_GENERAL_CATEGORY);
  return category == U_END_PUNCTUATION || category == U_FINAL_PUNCTUATION || character == '"' ||
         character == '\'';
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t from = 0;
  const auto flush = [&](std::size_t end) {
    if (end == from) return;
    for (std::string& word : split_unspaced_words(text.substr(from, end - from))) {
      words.push_back(std::move(word));
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (!u_isUWhiteSpace(to_icu(next_character(text, at)))) continue;
    flush(begin);
    from = at;
  }
  flush(text.size());
  return words;
}

std::string strip_controls(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const UChar32 c = to_icu(next_character(text, at));
    const bool is_override = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                             c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF;
    const bool is_separator = c == 0x2028 || c == 0x2029;
    if (u_charType(c) == U_CONTROL_CHAR || is_override || is_separator) continue;
    out.append(text.substr(from, at - from));
  }
  return out;
}

std::u32string composed_characters(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFCInstance(status);
  assert(U_SUCCESS(status));
  const icu::UnicodeString composed = form->normalize(
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size()))),
      status);
  std::u32string characters;
  for (int at = 0; at < composed.length(); at = composed.moveIndex32(at, 1)) {
    characters.push_back(static_cast<char32_t>(composed.char32At(at)));
  }
  return characters;
}

char32_t base_character(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFDInstance(status);
  assert(U_SUCCESS(status));
  const char32_t first = first_character(text);
  icu::UnicodeString parts;
  if (!form->getDecomposition(to_icu(first), parts)) return first;
  return static_cast<char32_t>(parts.char32At(0));
}

}  // namespace subtide
