#include "engine/subtitles/webvtt_time.h"

namespace subtide {

std::optional<MediaTime> take_webvtt_time(TextScanner& scanner) {
  const std::size_t before = scanner.rest().size();
  const auto first = scanner.take_number(2, 6);
  const std::size_t digits = before - scanner.rest().size();
  if (!first || !scanner.take(':')) return std::nullopt;
  const auto second = scanner.take_number(2, 2);
  if (!second || *second > 59) return std::nullopt;
  std::optional<std::int64_t> third;
  if (scanner.take(':')) {
    third = scanner.take_number(2, 2);
    if (!third || *third > 59) return std::nullopt;
  } else if (digits != 2 || *first > 59) {
    return std::nullopt;
  }
  if (!scanner.take('.')) return std::nullopt;
  const auto milliseconds = scanner.take_number(3, 3);
  if (!milliseconds) return std::nullopt;
  const std::int64_t minutes = third ? *first * 60 + *second : *first;
  return std::chrono::minutes(minutes) + std::chrono::seconds(third.value_or(*second)) +
         std::chrono::milliseconds(*milliseconds);
}

}  // namespace subtide
