#pragma once

#include <filesystem>

#include "engine/base/result.h"

namespace subtide {

/// Makes a folder and those above it when they are missing, for this user alone (0700).
/// Errors:  kNoSpace, kDenied, kIo.
Status make_folder(const std::filesystem::path& folder);

/// As make_folder(), and refuses one that was there when it is a link, somebody else's, or open to
/// others. Errors: kDenied says what to do.
Status make_private_folder(const std::filesystem::path& folder);

/// Flushes the names in a folder, so that new files survive a loss of power.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace subtide
