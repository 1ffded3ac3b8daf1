#include "engine/subtitles/webvtt_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <set>

#include "engine/subtitles/sidecar_reading.h"

namespace subtide {
namespace {

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

// Digits, then perhaps a dot and digits; the whole part is given back.
std::optional<std::int64_t> take_decimal(TextScanner& scanner) {
  const auto whole = scanner.take_number(1, 9);
  if (whole && scanner.take('.') && !scanner.take_number(1, 9)) return std::nullopt;
  return whole;
}

bool is_percentage(std::string_view value) {
  TextScanner scanner(value);
  const auto whole = take_decimal(scanner);
  const bool has_fraction = value.find('.') != std::string_view::npos;
  return whole && (*whole < 100 || (*whole == 100 && !has_fraction)) && scanner.take('%') &&
         scanner.at_end();
}

bool is_line_number(std::string_view value) {
  TextScanner scanner(value);
  scanner.take('-');
  return scanner.take_number(1, 9) && scanner.at_end();
}

bool is_anchor(std::string_view value) {
  const std::size_t comma = value.find(',');
  return comma != std::string_view::npos && is_percentage(value.substr(0, comma)) &&
         is_percentage(value.substr(comma + 1));
}

std::pair<std::string_view, std::optional<std::string_view>> split_alignment(
    std::string_view value) {
  const std::size_t comma = value.find(',');
  if (comma == std::string_view::npos) return {value, std::nullopt};
  return {value.substr(0, comma), value.substr(comma + 1)};
}

bool is_cue_setting(std::string_view name, std::string_view value) {
  const auto [place, alignment] = split_alignment(value);
  if (name == "vertical") return is_one_of(value, {"rl", "lr"});
  if (name == "size") return is_percentage(value);
  if (name == "align") return is_one_of(value, {"start", "center", "end", "left", "right"});
  if (name == "region") return true;
  if (name == "line") {
    return (is_percentage(place) || is_line_number(place)) &&
           (!alignment || is_one_of(*alignment, {"start", "center", "end"}));
  }
  return name == "position" && is_percentage(place) &&
         (!alignment || is_one_of(*alignment, {"line-left", "center", "line-right"}));
}

bool is_region_setting(std::string_view name, std::string_view value) {
  if (name == "id") return true;
  if (name == "width") return is_percentage(value);
  if (name == "lines") return !value.starts_with('-') && is_line_number(value);
  if (name == "scroll") return value == "up";
  return is_one_of(name, {"regionanchor", "viewportanchor"}) && is_anchor(value);
}

std::optional<std::string> first_mistake(std::string_view text,
                                         bool (*is_setting)(std::string_view, std::string_view)) {
  std::set<std::string_view> seen;
  TextScanner scanner(text);
  while (scanner.take_blanks() || !scanner.at_end()) {
    if (scanner.at_end()) break;
    const std::string_view setting = scanner.take_word();
    const std::size_t colon = setting.find(':');
    const bool has_value = colon != std::string_view::npos && colon + 1 < setting.size();
    if (!has_value || !is_setting(setting.substr(0, colon), setting.substr(colon + 1))) {
      return fmt::format("'{}' is no setting", excerpt(setting));
    }
    if (!seen.insert(setting.substr(0, colon)).second) {
      return fmt::format("setting '{}' twice", excerpt(setting.substr(0, colon)));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> settings_mistake(std::string_view settings) {
  if (!settings.empty() && !settings.starts_with(' ') && !settings.starts_with('\t')) {
    return fmt::format("expected a blank before the settings, found '{}'", excerpt(settings));
  }
  return first_mistake(settings, is_cue_setting);
}

std::optional<std::string> region_mistake(std::string_view line) {
  return first_mistake(line, is_region_setting);
}

}  // namespace subtide
