#include "engine/subtitles/sidecar_reading.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/subtitles/plain_text.h"

namespace subtide {

LineCursor::LineCursor(std::string_view text) : rest_(text) { advance(); }

void LineCursor::advance() {
  ++number_;
  if (rest_.empty()) {
    line_ = {};
    is_at_end_ = true;
    return;
  }
  const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.size());
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (rest_.starts_with("\r\n")) {
    rest_.remove_prefix(2);
  } else if (!rest_.empty()) {
    rest_.remove_prefix(1);
  }
}

bool TextScanner::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool TextScanner::take(std::string_view word) {
  if (!rest_.starts_with(word)) return false;
  rest_.remove_prefix(word.size());
  return true;
}

bool TextScanner::take_blanks() {
  const std::size_t end = std::min(rest_.find_first_not_of(" \t"), rest_.size());
  rest_.remove_prefix(end);
  return end > 0;
}

std::optional<std::int64_t> TextScanner::take_number(int least, int most) {
  std::int64_t value = 0;
  int digits = 0;
  while (digits < std::ssize(rest_) && is_ascii_digit(rest_[static_cast<std::size_t>(digits)])) {
    if (digits == most) return std::nullopt;
    value = value * 10 + (rest_[static_cast<std::size_t>(digits)] - '0');
    ++digits;
  }
  if (digits < least) return std::nullopt;
  rest_.remove_prefix(static_cast<std::size_t>(digits));
  return value;
}

std::string_view TextScanner::take_word() {
  const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t"));
  rest_.remove_prefix(word.size());
  return word;
}

bool is_ascii_digit(char c) { return '0' <= c && c <= '9'; }

bool is_ascii_letter(char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z'); }

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string plain = plain_text(text.substr(0, 4 * kLongest));
  if (plain.size() <= kLongest) return plain;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(plain[end]) & 0xC0) == 0x80) --end;
  return plain.substr(0, end) + "…";
}

int line_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

namespace {

std::string named_character(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{
      {{"amp", "&"},
       {"lt", "<"},
       {"gt", ">"},
       {"quot", "\""},
       {"apos", "'"},
       {"nbsp", "\u00A0"},
       {"lrm", "\u200E"},
       {"rlm", "\u200F"}}};
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == name; });
  return found == kNames.end() ? std::string() : std::string(found->second);
}

std::optional<std::string> numbered_character(std::string_view number) {
  const int base = number.starts_with('x') || number.starts_with('X') ? 16 : 10;
  if (base == 16) number.remove_prefix(1);
  std::uint32_t code_point = 0;
  const auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), code_point, base);
  if (failure != std::errc() || end != number.data() + number.size()) return std::nullopt;
  std::string text;
  append_utf8(text, static_cast<char32_t>(code_point));
  return text;
}

}  // namespace

std::optional<CharacterReference> character_reference(std::string_view text) {
  constexpr std::size_t kLongest = 34;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (!text.starts_with('&') || end == std::string_view::npos || end < 2) return std::nullopt;
  const std::string_view name = text.substr(1, end - 1);
  if (name.starts_with('#')) {
    auto character = numbered_character(name.substr(1));
    if (!character) return std::nullopt;
    return CharacterReference{std::move(*character), end + 1};
  }
  const auto is_name_part = [](char c) { return is_ascii_letter(c) || is_ascii_digit(c); };
  if (!std::all_of(name.begin(), name.end(), is_name_part)) return std::nullopt;
  return CharacterReference{named_character(name), end + 1};
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = plain_text(text.substr(0, end));
    if (!line.empty()) lines.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<std::string> time_mistake(const TimeSpan& span, MediaTime previous_begin) {
  if (span.empty()) {
    return fmt::format("the cue must end after it begins ({} to {})", format_clock(span.begin),
                       format_clock(span.end));
  }
  if (span.begin < previous_begin) {
    return fmt::format("the cue begins at {}, before the cue above it at {}",
                       format_clock(span.begin), format_clock(previous_begin));
  }
  return std::nullopt;
}

}  // namespace subtide
