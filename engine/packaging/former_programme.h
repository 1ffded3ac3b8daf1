#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/media_time.h"
#include "engine/packaging/playlist.h"
#include "engine/packaging/playlist_end.h"

namespace subtide {

/// A programme that broke off, as when the engine was killed: its playlists are open, and another
/// presentation goes on with them.
struct FormerProgramme {
  std::map<std::string, MediaPlaylist> playlists;  ///< by folder: "video_720p"
  MediaTime end{0};                                ///< on the timeline of its fragments

  bool is_empty() const { return playlists.empty(); }
  /// Behind all of them.
  PlaylistEnd playlist_end() const;
  /// How long segments may be in all of them; 0: nothing was promised.
  int target_seconds() const;
};

/// Makes all playlists as long as the longest: what was not published any more becomes a gap.
void align(FormerProgramme& programme);

}  // namespace subtide
