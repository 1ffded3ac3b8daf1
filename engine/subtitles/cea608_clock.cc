#include "engine/subtitles/cea608_clock.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace subtide {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct KnownRate {
  FrameRate frames;
  FrameRate slots;
};
constexpr std::array<KnownRate, 8> kRates = {{
    {{24000, 1001}, {24000, 1001}},
    {{24, 1}, {24, 1}},
    {{25, 1}, {25, 1}},
    {{30000, 1001}, {30000, 1001}},
    {{30, 1}, {30, 1}},
    {{50, 1}, {25, 1}},
    {{60000, 1001}, {30000, 1001}},
    {{60, 1}, {30, 1}},
}};

bool is_same(FrameRate a, FrameRate b) {
  return std::int64_t{a.numerator} * b.denominator == std::int64_t{b.numerator} * a.denominator;
}

}  // namespace

FrameRate nearest_caption_rate(FrameRate rate) {
  if (rate.numerator <= 0 || rate.denominator <= 0) return FrameRate{};
  const auto per_second = [](FrameRate of) {
    return static_cast<double>(of.numerator) / of.denominator;
  };
  const auto distance = [&](const KnownRate& one) {
    return std::abs(per_second(one.frames) - per_second(rate));
  };
  return std::ranges::min_element(kRates, {}, distance)->frames;
}

Result<Cea608Clock> Cea608Clock::create(FrameRate rate) {
  const auto* known = std::ranges::find_if(kRates, [&](const KnownRate& one) {
    return rate.numerator > 0 && rate.denominator > 0 && is_same(one.frames, rate);
  });
  if (known != kRates.end()) return Cea608Clock(known->slots);
  return make_error(ErrorCode::kInvalidArgument,
                    "frame rate {}/{} carries no CEA-608; choose 24000/1001, 24, 25, 30000/1001, "
                    "30, 50, 60000/1001 or 60",
                    rate.numerator, rate.denominator);
}

MediaTime Cea608Clock::time_of(Slot slot) const {
  // In whole seconds and the rest: the product alone would not fit into 64 bits after an hour.
  const std::int64_t ticks = slot * rate_.denominator;
  std::int64_t seconds = ticks / rate_.numerator;
  std::int64_t rest = ticks % rate_.numerator;
  if (rest < 0) --seconds, rest += rate_.numerator;
  return MediaTime(seconds * kSecond + rest * kSecond / rate_.numerator);
}

Cea608Clock::Slot Cea608Clock::nearest(MediaTime time) const {
  const long double seconds = static_cast<long double>(time.count()) / kSecond;
  return std::llround(seconds * rate_.numerator / rate_.denominator);
}

Cea608Clock::Slot Cea608Clock::at_or_after(MediaTime time) const {
  Slot slot = nearest(time);
  while (time_of(slot) < time) ++slot;
  while (time_of(slot - 1) >= time) --slot;
  return slot;
}

}  // namespace subtide
