#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace subtide {

/// What comes instead of a packet; the second is its number among them.
using TableEdit = std::function<std::string(const std::string&, std::size_t)>;

/// A transport stream as ffmpeg writes it, with what `edit` makes of each packet of its PAT and
/// PMT.
std::string with_tables(const std::string& stream, const TableEdit& edit);
std::size_t count_tables(const std::string& stream);

/// A packet with a PMT has its first two streams' PIDs exchanged, and a version so much later;
/// another one stays as it is.
std::string with_swapped_streams(std::string packet, int later);

/// The packets of the first two streams have their PIDs exchanged.
std::string with_swapped_pids(std::string stream);

}  // namespace subtide
