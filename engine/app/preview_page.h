#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/subtitles/cue.h"

namespace subtide {

struct PreviewLanguage {
  std::string code;  ///< BCP 47
  std::vector<Cue> cues;
};

struct PreviewPage {
  std::string title;
  std::string media_name;
  std::string media_source;  ///< a URL; relative ones count from the page
  bool is_video = true;
  std::vector<std::string> facts;  ///< lines for people: which models did it
  std::vector<PreviewLanguage> languages;
};

/// One self-contained HTML page that plays the media with every language as a track, beside a
/// transcript that follows and can be clicked. No text of it is read as markup or script.
std::string render_preview(const PreviewPage& page);

/// The URL of `media` as seen from a page in `folder`: relative, percent-encoded.
std::string relative_url(const std::filesystem::path& media, const std::filesystem::path& folder);

}  // namespace subtide
