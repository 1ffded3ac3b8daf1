#include "engine/subtitles/picture_text.h"

#include <algorithm>
#include <cmath>

#include "engine/subtitles/sidecar_writing.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {
namespace {

// Of the picture's height; two lines of it are what broadcasters' open captions take.
constexpr double kFontShare = 1.0 / 18;
// SMPTE ST 2046-1: the safe title area is the inner 90 % of both directions.
constexpr double kSafeMargin = 0.05;
constexpr double kSafeWidth = 1 - 2 * kSafeMargin;
// Below that no letter can be told from another.
constexpr int kSmallestFont = 8;
// Width of a bold sans-serif character in the font's height, rounded up.
constexpr double kWide = 1.0;
constexpr double kCapital = 0.82;
constexpr double kOther = 0.68;

double width_of(char32_t character) {
  if (is_wide(character)) return kWide;
  return is_upper_case(character) ? kCapital : kOther;
}

double width_of(const std::string& line) {
  double width = 0;
  for (const char32_t character : composed_characters(line)) width += width_of(character);
  return width;
}

}  // namespace

PictureTextSize picture_text_size(const PictureShape& picture, std::span<const Cue> cues) {
  double widest = 1;
  for (const Cue& cue : cues) {
    for (const std::string& line : cue.lines) widest = std::max(widest, width_of(line));
  }
  const double room = picture.width * picture.pixel_aspect * kSafeWidth;
  const double font = std::min(picture.height * kFontShare, room / widest);
  return {std::max(static_cast<int>(font), kSmallestFont),
          static_cast<int>(std::lround(picture.height * kSafeMargin))};
}

const Cue* cue_at(std::span<const Cue> cues, MediaTime at) {
  const auto next =
      std::ranges::upper_bound(cues, at, {}, [](const Cue& cue) { return cue.span.begin; });
  if (next == cues.begin()) return nullptr;
  const Cue& last = *std::prev(next);
  return at < last.span.end ? &last : nullptr;
}

std::string pango_markup(const Cue& cue) {
  std::string markup;
  for (const std::string& line : plain_lines(cue)) {
    if (!markup.empty()) markup += '\n';
    append_escaped(markup, line);
  }
  return markup;
}

}  // namespace subtide
