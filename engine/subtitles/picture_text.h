#pragma once

#include <span>
#include <string>

#include "engine/base/media_time.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// How cues are set when they are drawn into pictures.

struct PictureShape {
  int width = 0;   ///< pixels
  int height = 0;  ///< the same
  /// Width of one pixel in its height.
  double pixel_aspect = 1;
};

/// Lengths in pixels of the picture's height.
struct PictureTextSize {
  int font = 0;    ///< height of the font
  int margin = 0;  ///< between text and the lower edge: what is outside the title-safe area
  bool operator==(const PictureTextSize&) const = default;
};

/// One size for all `cues`: by the height of the picture, smaller where the longest line would not
/// fit between the title-safe edges.
PictureTextSize picture_text_size(const PictureShape& picture, std::span<const Cue> cues);

/// The cue that is up at that time; null: none. `cues` are in order of their begin.
const Cue* cue_at(std::span<const Cue> cues, MediaTime at);

/// The cue's lines as Pango markup that shows them as they are.
std::string pango_markup(const Cue& cue);

}  // namespace subtide
