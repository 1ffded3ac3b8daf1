#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/packaging/former_programme.h"

namespace subtide {

/// An event that broke off, as its folder has it.
struct FormerFolder {
  FormerProgramme programme;       ///< aligned; empty: there is nothing to go on with
  std::vector<std::string> notes;  ///< what could not be taken over, and why
};

/// Reads the open playlists of an event in `folder`; of low latency, the parts of the segment that
/// was open are made a segment. Files that are gone are gaps. Playlists that ended, that slide, or
/// that are not ours are left alone.
///
/// Threads: any, but nobody may write the folder meanwhile. Errors: none; see `notes`.
FormerFolder read_former_folder(const std::filesystem::path& folder);

}  // namespace subtide
