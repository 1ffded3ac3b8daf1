#pragma once

#include <filesystem>

namespace subtide {

/// Undoes what a program wrote and never flushed, from the journal of disk_shim.cc: what is left is
/// what a disk may show after the power failed. Returns how many writes and names were lost.
/// Throws std::runtime_error when the journal does not read.
int lose_unflushed_writes(const std::filesystem::path& journal);

}  // namespace subtide
