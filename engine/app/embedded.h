#pragma once

#include <string_view>

namespace subtide {

/// Files that are built into the program; generated from their sources at build time.
std::string_view embedded_preview_page();          ///< engine/app/preview.html
std::string_view embedded_file_subtitles_graph();  ///< graphs/file_subtitles.json
std::string_view embedded_live_graph();            ///< graphs/live.json
std::string_view embedded_transcode_graph();       ///< graphs/transcode.json
std::string_view embedded_watch_page();            ///< engine/app/watch/index.html
std::string_view embedded_player();                ///< hls.js, minified

/// The schemas of all events, as one JSON object by file name: "job.started.v1", "envelope".
std::string_view embedded_event_schemas();

}  // namespace subtide
