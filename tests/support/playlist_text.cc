#include "tests/support/playlist_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace subtide::playlist_text {
namespace {

bool is_name_character(char each) {
  return (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') || each == '-';
}

Line to_line(std::string_view text, int number) {
  Line line;
  line.number = number;
  if (!text.starts_with("#EXT")) {
    line.value = text;
    return line;
  }
  const std::size_t colon = text.find(':');
  line.tag = text.substr(0, colon);
  if (colon != std::string_view::npos) line.value = text.substr(colon + 1);
  return line;
}

/// Reads one NAME=VALUE from the front of `rest`; false when it is none.
bool take_attribute(std::string_view& rest, std::string& name, Attribute& attribute) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  name = rest.substr(0, equals);
  if (!std::ranges::all_of(name, is_name_character)) return false;
  rest.remove_prefix(equals + 1);
  attribute.is_quoted = rest.starts_with('"');
  std::size_t end = rest.find(',');
  if (attribute.is_quoted) {
    const std::size_t close = rest.find('"', 1);
    if (close == std::string_view::npos) return false;
    attribute.value = rest.substr(1, close - 1);
    end = close + 1;
  } else {
    attribute.value = rest.substr(0, end);
    if (attribute.value.empty() || attribute.value.find_first_of(" \t\"") != std::string::npos) {
      return false;
    }
  }
  if (end == std::string_view::npos || end >= rest.size()) {
    rest = {};
    return true;
  }
  if (rest[end] != ',' || end + 1 == rest.size()) return false;
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

void Faults::add(int line, std::string_view what) {
  all_.push_back(fmt::format("line {}: {}", line, what));
}

std::vector<Line> read_lines(std::string_view text, Faults& faults) {
  std::vector<Line> lines;
  if (!text.ends_with('\n')) faults.add(0, "the last line has no end");
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view each = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (each.ends_with('\r')) each.remove_suffix(1);
    const bool has_control = std::ranges::any_of(
        each, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; });
    if (has_control) faults.add(number, "a control character");
    if (each.empty() || (each.starts_with('#') && !each.starts_with("#EXT"))) continue;
    if (each.front() == ' ' || each.back() == ' ') faults.add(number, "blanks around a line");
    lines.push_back(to_line(each, number));
  }
  return lines;
}

Attributes read_attributes(const Line& line, Faults& faults) {
  Attributes attributes;
  std::string_view rest = line.value;
  while (!rest.empty()) {
    std::string name;
    Attribute attribute;
    if (!take_attribute(rest, name, attribute)) {
      faults.add(line.number, "no attribute list");
      return attributes;
    }
    if (!attributes.emplace(name, attribute).second) faults.add(line.number, name + " twice");
  }
  return attributes;
}

std::optional<long long> read_integer(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return is_whole && text.front() != '-' ? std::optional(value) : std::nullopt;
}

std::optional<double> read_decimal(std::string_view text) {
  const bool is_plain = !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
  if (!is_plain || std::ranges::count(text, '.') > 1 || text.size() > 30) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

std::optional<double> read_date(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  char zone = ' ';
  int used = 0;
  const std::string copy(text.substr(0, 40));
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%lf%c%n", &year, &month, &day, &hour, &minute,
                  &second, &zone, &used) != 7) {
    return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  const bool is_time =
      hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
  if (!date.ok() || !is_time || zone != 'Z' || used != static_cast<int>(text.size())) {
    return std::nullopt;
  }
  const auto days = sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400.0 + hour * 3600.0 + minute * 60.0 + second;
}

std::optional<std::string> optional_text(const Attributes& attributes, const std::string& name,
                                         Quotes quotes, const Line& line, Faults& faults) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return std::nullopt;
  if (found->second.is_quoted != (quotes == Quotes::kWith)) {
    faults.add(line.number, name + (quotes == Quotes::kWith ? " needs quotes" : " is quoted"));
  }
  return found->second.value;
}

std::string required(const Attributes& attributes, const std::string& name, Quotes quotes,
                     const Line& line, Faults& faults) {
  const auto value = optional_text(attributes, name, quotes, line, faults);
  if (!value || value->empty()) faults.add(line.number, line.tag + " without " + name);
  return value.value_or("");
}

std::optional<double> optional_seconds(const Attributes& attributes, const std::string& name,
                                       const Line& line, Faults& faults) {
  const auto text = optional_text(attributes, name, Quotes::kWithout, line, faults);
  if (!text) return std::nullopt;
  const auto value = read_decimal(*text);
  if (!value) faults.add(line.number, name + " is no number of seconds");
  return value;
}

}  // namespace subtide::playlist_text
