#include "engine/subtitles/layout_rules.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

/// What a language asks for, whatever the style.
struct LanguageNumbers {
  int line_length;
  double reading_speed;
};

LanguageNumbers numbers_for(std::string_view language) {
  const std::string primary = lookup_form(language.substr(0, language.find_first_of("-_")), "");
  if (primary == "en" || primary.empty()) return {42, 20.0};
  if (primary == "zh" || primary == "yue") return {16, 9.0};
  if (primary == "ja") return {13, 4.0};
  if (primary == "ko") return {16, 12.0};
  return {42, 17.0};
}

/// 180 words a minute, the upper end of the BBC's range, at 5.7 characters a word with its space.
constexpr double kBbcReadingSpeed = 17.0;
constexpr double kChildrenReadingSpeed = 17.0;
constexpr double kNtscFrameRate = 30000.0 / 1001.0;

}  // namespace

MediaDuration LayoutRules::frame() const { return MediaDuration(std::llround(1e9 / frame_rate)); }

MediaDuration LayoutRules::minimum_gap() const {
  return MediaDuration(std::llround(1e9 * minimum_gap_frames / frame_rate));
}

std::vector<std::string_view> layout_styles() { return {"netflix", "bbc", "children", "cea608"}; }

Result<LayoutRules> layout_rules(std::string_view style, std::string_view language) {
  const std::vector<std::string_view> styles = layout_styles();
  if (std::find(styles.begin(), styles.end(), style) == styles.end()) {
    return make_error(ErrorCode::kInvalidArgument, "style \"{}\" is not known; choose one of {}",
                      style, fmt::join(styles, ", "));
  }
  const LanguageNumbers numbers = numbers_for(language);
  LayoutRules rules;
  rules.style = style;
  rules.line_length = numbers.line_length;
  rules.reading_speed = numbers.reading_speed;
  if (style == "bbc") {
    rules.line_length = std::min(numbers.line_length, 37);
    rules.reading_speed = std::min(numbers.reading_speed, kBbcReadingSpeed);
  } else if (style == "children") {
    rules.reading_speed = std::min(numbers.reading_speed, kChildrenReadingSpeed);
  } else if (style == "cea608") {
    rules.line_length = std::min(numbers.line_length, 32);
    rules.frame_rate = kNtscFrameRate;
  }
  return rules;
}

int character_count(std::string_view text) { return grapheme_count(text); }

}  // namespace subtide
