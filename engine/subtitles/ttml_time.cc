#include "engine/subtitles/ttml_time.h"

#include <cmath>

#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

// Digits behind the dot, as nanos of one; digits past the ninth do not count.
std::optional<std::int64_t> take_fraction(TextScanner& scanner) {
  std::int64_t nanos = 0;
  std::int64_t weight = 100'000'000;
  bool has_digit = false;
  while (!scanner.at_end() && is_ascii_digit(scanner.rest().front())) {
    nanos += weight * (scanner.rest().front() - '0');
    weight /= 10;
    has_digit = true;
    scanner.take(scanner.rest().front());
  }
  return has_digit ? std::optional(nanos) : std::nullopt;
}

std::optional<MediaTime> scaled(std::int64_t whole, std::int64_t nanos, double seconds_per_unit) {
  const double seconds =
      (static_cast<double>(whole) + static_cast<double>(nanos) / 1e9) * seconds_per_unit;
  if (!(seconds <= to_seconds(kLatestTime))) return std::nullopt;
  return from_seconds(seconds);
}

std::optional<MediaTime> parse_offset(TextScanner scanner, const TtmlClock& clock) {
  const auto whole = scanner.take_number(1, 18);
  if (!whole) return std::nullopt;
  std::int64_t nanos = 0;
  if (scanner.take('.')) {
    const auto fraction = take_fraction(scanner);
    if (!fraction) return std::nullopt;
    nanos = *fraction;
  }
  const std::string_view metric = scanner.rest();
  if (metric == "h") return scaled(*whole, nanos, 3600.0);
  if (metric == "m") return scaled(*whole, nanos, 60.0);
  if (metric == "s") return scaled(*whole, nanos, 1.0);
  if (metric == "ms") return scaled(*whole, nanos, 1e-3);
  if (metric == "f") return scaled(*whole, nanos, 1.0 / clock.frame_rate);
  if (metric == "t") return scaled(*whole, nanos, 1.0 / clock.tick_rate);
  return std::nullopt;
}

// What follows "hh:mm:ss": a fraction, or frames with perhaps sub-frames, or nothing.
std::optional<MediaTime> parse_part_of_second(TextScanner scanner, const TtmlClock& clock) {
  if (scanner.at_end()) return MediaTime(0);
  if (scanner.take('.')) {
    const auto nanos = take_fraction(scanner);
    return nanos && scanner.at_end() ? std::optional(MediaTime(*nanos)) : std::nullopt;
  }
  if (!scanner.take(':')) return std::nullopt;
  const auto frames = scanner.take_number(2, 9);
  if (!frames || static_cast<double>(*frames) >= std::ceil(clock.frame_rate)) return std::nullopt;
  double exact = static_cast<double>(*frames);
  if (scanner.take('.')) {
    const auto sub_frames = scanner.take_number(1, 9);
    if (!sub_frames) return std::nullopt;
    exact += static_cast<double>(*sub_frames) / clock.sub_frame_rate;
  }
  if (!scanner.at_end()) return std::nullopt;
  return from_seconds(exact / clock.frame_rate);
}

std::optional<MediaTime> parse_clock(TextScanner scanner, const TtmlClock& clock) {
  const auto hours = scanner.take_number(2, 6);
  if (!hours || !scanner.take(':')) return std::nullopt;
  const auto minutes = scanner.take_number(2, 2);
  if (!minutes || *minutes > 59 || !scanner.take(':')) return std::nullopt;
  const auto seconds = scanner.take_number(2, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  const auto part = parse_part_of_second(scanner, clock);
  if (!part) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + *part;
}

}  // namespace

std::optional<MediaTime> TtmlClock::parse(std::string_view text) const {
  const bool is_clock = text.find(':') != std::string_view::npos;
  return is_clock ? parse_clock(TextScanner(text), *this) : parse_offset(TextScanner(text), *this);
}

}  // namespace subtide
