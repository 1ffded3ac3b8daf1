#include "models/apertium/apertium_text.h"

#include <algorithm>
#include <vector>

namespace subtide {
namespace {

constexpr std::string_view kFormatCharacters = "\\[]^$@/<>{}";
constexpr std::string_view kMarks = "*@#";

bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c) || (c & 0x80) != 0; }

// Length of the UTF-8 character at the start of `text`, 0 where there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  const bool is_start = byte(0) >= 0xC2 && byte(0) <= 0xF4 && text.size() >= length;
  if (!is_start) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const bool is_too_long =
      (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xF0 && byte(1) < 0x90);
  const bool is_outside =
      (byte(0) == 0xED && byte(1) > 0x9F) || (byte(0) == 0xF4 && byte(1) > 0x8F);
  return is_too_long || is_outside ? 0 : length;
}

// Apertium drops a whole text for one byte that is not UTF-8.
std::string with_sound_characters(std::string_view text) {
  std::string sound;
  while (!text.empty()) {
    const auto length = character_length(text);
    sound += length == 0 ? std::string_view("\uFFFD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return sound;
}

// One line, words one space apart.
std::string joined(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (!is_space(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// A two-byte letter of Latin-1 or Latin Extended-A at `at`: the other case's second byte, or 0.
char other_case(const std::string& text, std::size_t at, bool to_upper) {
  if (at + 1 >= text.size()) return 0;
  const auto first = static_cast<unsigned char>(text[at]);
  const auto second = static_cast<unsigned char>(text[at + 1]);
  if (first != 0xC3 || second == 0xB7 || second == 0x97 || second == 0x9F) return 0;
  if (to_upper && second >= 0xA0 && second != 0xBF) return static_cast<char>(second - 0x20);
  if (!to_upper && second >= 0x80 && second < 0x9F) return static_cast<char>(second + 0x20);
  return 0;
}

void capitalise(std::string& text, std::size_t at) {
  if (at < text.size() && is_lower(text[at])) {
    text[at] = static_cast<char>(text[at] - 'a' + 'A');
  } else if (const char second = other_case(text, at, true); second != 0) {
    text[at + 1] = second;
  }
}

std::size_t first_letter(std::string_view text) {
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_letter) - text.begin());
}

bool starts_with_capital(std::string_view sentence) {
  const std::string text(sentence);
  const auto at = first_letter(text);
  return at < text.size() && (is_upper(text[at]) || other_case(text, at, false) != 0);
}

// Beginnings of words after the first one, but not those after an end of sentence.
std::vector<std::size_t> inner_words(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = first_letter(text) + 1; i < text.size(); ++i) {
    if (text[i - 1] != ' ' || !is_letter(text[i])) continue;
    const char before = i >= 2 ? text[i - 2] : '.';
    if (before != '.' && before != '?' && before != '!' && before != ':' && before != '"') {
      starts.push_back(i);
    }
  }
  return starts;
}

bool has_inner_capital(std::string_view sentence) {
  const auto starts = inner_words(sentence);
  return std::any_of(starts.begin(), starts.end(), [&](std::size_t at) {
    const bool is_pronoun_i =
        sentence[at] == 'I' && (at + 1 == sentence.size() || !is_letter(sentence[at + 1]));
    return is_upper(sentence[at]) && !is_pronoun_i;
  });
}

// Apertium hands the capital of a dropped first word on to a later one.
void lower_stray_capitals(std::string& text) {
  for (const auto at : inner_words(text)) {
    const bool is_capitalised =
        is_upper(text[at]) && (at + 1 == text.size() || !is_upper(text[at + 1]));
    if (is_capitalised) {
      text[at] = static_cast<char>(text[at] - 'A' + 'a');
    } else if (const char second = other_case(text, at, false); second != 0) {
      text[at + 1] = second;
    }
  }
}

bool writes_inner_capitals(std::string_view target) { return target == "eng" || target == "deu"; }

void erase_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.erase(at, what.size());
  }
}

void erase_spaces_before_punctuation(std::string& text) {
  for (const std::string_view mark : {" .", " ,", " ?", " !", " ;", " :"}) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      const bool is_alone = at + 2 == text.size() || text[at + 2] == ' ';
      if (is_alone) {
        text.erase(at, 1);
      } else {
        at += 2;
      }
    }
  }
}

// "Hola. Como estas?" -> "Hola. ¿Como estas?"
void add_inverted_mark(std::string& text, char mark, std::string_view inverted) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == '.' || text[i] == '?' || text[i] == '!';
    if (!ends || (i + 1 < text.size() && text[i + 1] != ' ')) continue;
    const bool is_bare =
        text[i] == mark && text.substr(begin, i - begin).find(inverted) == std::string::npos;
    if (is_bare) {
      text.insert(begin, inverted);
      i += inverted.size();
    }
    begin = std::min(text.size(), i + 2);
  }
}

}  // namespace

ApertiumInput to_apertium(std::string_view sentence) {
  ApertiumInput input;
  const std::string line = joined(with_sound_characters(sentence));
  for (const char c : line) {
    if (c == '~') {  // the generator eats it, unless it stands in a superblank
      input.text += "[~]";
      continue;
    }
    if (kFormatCharacters.find(c) != std::string_view::npos) input.text += '\\';
    input.text += c;
  }
  const bool has_stop =
      !line.empty() && std::string_view(".?!").find(line.back()) != std::string_view::npos;
  input.has_added_stop = !line.empty() && !has_stop;
  if (input.has_added_stop) input.text += '.';
  return input;
}

std::string from_apertium(std::string_view answer, const ApertiumInput& input,
                          std::string_view sentence) {
  std::string text;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const char c = answer[i];
    if (c == '\\' && i + 1 < answer.size()) {
      text += answer[++i];
      continue;
    }
    if (c == '[' || c == ']') continue;  // of a superblank; those of the text are escaped
    const bool is_mark = kMarks.find(c) != std::string_view::npos && i + 1 < answer.size() &&
                         is_letter(answer[i + 1]) && sentence.find(c) == std::string_view::npos;
    if (!is_mark) text += c;
  }
  text = joined(text);
  if (input.has_added_stop && text.ends_with('.')) text.pop_back();
  return joined(text);
}

std::string polish_translation(std::string text, std::string_view source_sentence,
                               std::string_view target) {
  erase_spaces_before_punctuation(text);
  if (!writes_inner_capitals(target) && !has_inner_capital(source_sentence)) {
    lower_stray_capitals(text);
  }
  const bool is_spanish = target == "spa" || target == "ast" || target == "glg";
  if (is_spanish && target != "glg") {
    add_inverted_mark(text, '?', "¿");
    add_inverted_mark(text, '!', "¡");
  } else if (!is_spanish) {
    erase_all(text, "¿");
    erase_all(text, "¡");
  }
  if (starts_with_capital(source_sentence)) {
    std::size_t at = 0;
    while (at < text.size() && (text.compare(at, 2, "¿") == 0 || text.compare(at, 2, "¡") == 0))
      at += 2;
    if (at == 0) at = first_letter(text);
    capitalise(text, at);
  }
  return text;
}

}  // namespace subtide
