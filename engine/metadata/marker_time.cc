// Times as people write them: "12.480", "+2s", "now", RFC 3339.
#include <chrono>
#include <optional>

#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostWholeDigits = 9;

/// Takes decimal digits off the front of a text.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// "12", "12.48": whole units and their fraction, as billionths; digits below those are cut.
  std::optional<std::int64_t> billionths() {
    std::int64_t whole = 0;
    std::size_t count = 0;
    for (; count < rest_.size() && is_digit(rest_[count]); ++count) {
      if (count >= kMostWholeDigits) return std::nullopt;
      whole = whole * 10 + (rest_[count] - '0');
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    const auto part = fraction();
    if (!part) return std::nullopt;
    return whole * 1'000'000'000 + *part;
  }
  /// ".48" as billionths; 0 where there is no dot, nothing where no digit follows it.
  std::optional<std::int64_t> fraction() {
    if (!take(".")) return 0;
    std::int64_t value = 0;
    std::int64_t weight = 100'000'000;
    std::size_t count = 0;
    for (; count < rest_.size() && is_digit(rest_[count]); ++count, weight /= 10) {
      value += (rest_[count] - '0') * weight;
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }
  bool is_empty() const { return rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
};

std::optional<std::chrono::minutes> read_zone(TimeText& text) {
  if (text.take("Z") || text.take("z")) return 0min;
  const bool is_behind = text.take("-");
  if (!is_behind && !text.take("+")) return std::nullopt;
  const auto hours = text.digits(2);
  const bool is_apart = text.take(":");
  const auto minutes = text.digits(2);
  if (!hours || !is_apart || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_behind ? -offset : offset;
}

/// RFC 3339 date-time. A leap second is taken as the second behind it.
std::optional<WallTime> read_instant(TimeText text) {
  const auto year = text.digits(4);
  if (!year || !text.take("-")) return std::nullopt;
  const auto month = text.digits(2);
  if (!month || !text.take("-")) return std::nullopt;
  const auto day = text.digits(2);
  if (!day || !(text.take("T") || text.take("t") || text.take(" "))) return std::nullopt;
  const auto hours = text.digits(2);
  if (!hours || !text.take(":")) return std::nullopt;
  const auto minutes = text.digits(2);
  if (!minutes || !text.take(":")) return std::nullopt;
  const auto seconds = text.digits(2);
  const auto part = text.fraction();
  const auto zone = read_zone(text);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // The year keeps every instant inside what 64 bits of nanoseconds hold.
  if (!seconds || !part || !zone || !text.is_empty() || !date.ok() || *year < 1970 ||
      *year > 2200 || *hours > 23 || *minutes > 59 || *seconds > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) - *zone +
         std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(*part));
}

std::optional<MarkerTime> read_from_now(TimeText text) {
  const auto value = text.billionths();
  if (!value) return std::nullopt;
  const bool is_milliseconds = text.take("ms");
  if (!is_milliseconds && !text.take("s")) return std::nullopt;
  if (!text.is_empty()) return std::nullopt;
  const MediaTime offset(is_milliseconds ? *value / 1000 : *value);
  return MarkerTime{MarkerTime::Kind::kFromNow, offset, {}};
}

std::optional<MarkerTime> read_media(TimeText text) {
  const bool is_negative = text.take("-");
  const auto value = text.billionths();
  if (!value || !text.is_empty()) return std::nullopt;
  return MarkerTime{MarkerTime::Kind::kMedia, MediaTime(is_negative ? -*value : *value), {}};
}

}  // namespace

Result<MarkerTime> parse_marker_time(std::string_view text) {
  if (text == "now") return MarkerTime{};
  TimeText rest(text);
  if (rest.take("+")) {
    if (const auto when = read_from_now(rest)) return *when;
  } else if (const auto media = read_media(rest)) {
    return *media;
  } else if (const auto wall = read_instant(rest)) {
    return MarkerTime{MarkerTime::Kind::kWall, MediaTime(0), *wall};
  }
  return make_error(ErrorCode::kInvalidArgument,
                    "must be media seconds (12.480), +2s, now or an RFC 3339 instant "
                    "(2026-11-21T22:39:08.5Z)");
}

MediaTime resolve(const MarkerTime& when, MediaTime now, const Epoch& epoch) {
  switch (when.kind) {
    case MarkerTime::Kind::kNow:
      return now;
    case MarkerTime::Kind::kFromNow:
      return now + when.offset;
    case MarkerTime::Kind::kMedia:
      return when.offset;
    case MarkerTime::Kind::kWall:
      return epoch.from_wall(when.wall);
  }
  return now;
}

std::string format_wall_time(WallTime instant) {
  const auto rounded = std::chrono::round<std::chrono::milliseconds>(instant);
  const auto day = std::chrono::floor<std::chrono::days>(rounded);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(rounded - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace subtide
