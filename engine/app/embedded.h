#pragma once

#include <string_view>

namespace subtide {

/// Files that are built into the program; generated from their sources at build time.
std::string_view embedded_preview_page();          ///< engine/app/preview.html
std::string_view embedded_file_subtitles_graph();  ///< graphs/file_subtitles.json

}  // namespace subtide
