#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// Goes through text line by line; a line ends with LF, CRLF or CR.
class LineCursor {
 public:
  explicit LineCursor(std::string_view text);
  bool at_end() const { return is_at_end_; }
  std::string_view line() const { return line_; }
  int number() const { return number_; }
  void advance();

 private:
  std::string_view rest_;
  std::string_view line_;
  int number_ = 0;
  bool is_at_end_ = false;
};

/// Takes text apart from the front; each function takes what it names, or nothing.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  bool take(char c);
  bool take(std::string_view word);
  /// Spaces and tabs; true when there was one.
  bool take_blanks();
  /// A number of `least` to `most` digits (at most 18), not followed by another digit.
  std::optional<std::int64_t> take_number(int least, int most);
  /// Up to the next blank or the end.
  std::string_view take_word();

 private:
  std::string_view rest_;
};

bool is_ascii_digit(char c);
bool is_ascii_letter(char c);
bool is_blank_line(std::string_view line);
std::string_view trim_blanks(std::string_view text);

/// "line 12: " and the rest; `found` in messages goes through excerpt().
template <typename... Args>
Error bad_line(int line, fmt::format_string<Args...> format, Args&&... args) {
  return make_error(ErrorCode::kBadInput, "line {}: {}", line,
                    fmt::format(format, std::forward<Args>(args)...));
}

/// The beginning of foreign text, fit for a message.
std::string excerpt(std::string_view text);

/// The line, counted from 1, that holds the byte.
int line_at(std::string_view text, std::size_t offset);

/// A character reference such as "&lt;", "&#38;" or "&#x26;".
struct CharacterReference {
  std::string text;      ///< what it stands for; empty when the name is not known here
  std::size_t size = 0;  ///< bytes it takes, '&' and ';' included
};

/// The well-formed reference at the beginning of `text`, if there is one.
std::optional<CharacterReference> character_reference(std::string_view text);

/// Makes plain lines of text with line feeds in it; empty lines are left out.
std::vector<std::string> split_lines(std::string_view text);

/// What is wrong with a cue's times, after a cue that began at `previous_begin`.
std::optional<std::string> time_mistake(const TimeSpan& span, MediaTime previous_begin);

}  // namespace subtide
