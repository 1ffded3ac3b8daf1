#include "engine/app/time_option.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace subtide {
namespace {

constexpr double kLongest = 1e7;  ///< seconds; far beyond any media, well inside 64 bits

std::optional<double> parse_part(std::string_view text, bool may_have_fraction) {
  double value = 0;
  if (text.empty() || text.find_first_not_of(may_have_fraction ? "0123456789." : "0123456789") !=
                          std::string_view::npos) {
    return std::nullopt;
  }
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_seconds(std::string_view text) {
  double seconds = 0;
  for (int parts = 1; parts <= 3; ++parts) {
    const auto colon = text.find(':');
    const bool is_last = colon == std::string_view::npos;
    const auto part = parse_part(text.substr(0, colon), is_last);
    if (!part || (parts > 1 && *part >= 60)) return std::nullopt;
    seconds = seconds * 60 + *part;
    if (is_last) return seconds;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

Result<MediaTime> parse_time(std::string_view text) {
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const auto seconds = parse_seconds(text.substr(has_sign ? 1 : 0));
  if (!seconds || *seconds > kLongest) {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' is not a time; write seconds (90, 1.5) or hh:mm:ss.mmm", text);
  }
  return from_seconds(text.starts_with('-') ? -*seconds : *seconds);
}

}  // namespace subtide
