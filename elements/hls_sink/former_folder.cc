#include "elements/hls_sink/former_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "elements/hls_sink/published_folder.h"
#include "engine/base/atomic_file.h"
#include "engine/packaging/fragment_reader.h"
#include "engine/packaging/playlist_reader.h"
#include "engine/packaging/webvtt_segment.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestPlaylist = 64U << 20U;
constexpr std::size_t kLargestSegment = 256U << 20U;

bool is_there(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

std::uint64_t next_sequence(const MediaPlaylist& playlist) {
  return playlist.first_sequence + playlist.segments.size();
}

std::string joined(const std::vector<std::string>& fragments) {
  std::string bytes;
  for (const std::string& each : fragments) bytes += each;
  return bytes;
}

/// What was published of the segment that was open becomes a segment.
Status close_open_segment(const fs::path& folder, MediaPlaylist& playlist,
                          std::vector<std::string>& notes) {
  const auto open = std::exchange(playlist.low_latency, std::nullopt);
  if (!open || open->parts.empty()) return ok();
  SegmentEntry segment;
  std::vector<std::string> parts;
  for (const PartEntry& part : open->parts) {
    segment.duration += part.duration;
    if (part.is_gap) continue;
    auto read = read_file(folder / part.uri, kLargestSegment);
    if (!read) return read.error();
    parts.push_back(std::move(*read));
  }
  const std::string extension = fs::path(open->parts.front().uri).extension();
  const auto bytes =
      extension == ".vtt" ? join_webvtt_parts(parts) : Result<std::string>(joined(parts));
  if (!bytes) notes.push_back(fmt::format("{}: {}", folder.string(), bytes.error().message));
  segment.uri = fmt::format("{:08}{}", next_sequence(playlist), extension);
  segment.starts = open->starts;
  segment.is_discontinuous = open->is_discontinuous;
  segment.map = open->map;
  segment.is_gap = parts.empty() || !bytes;
  if (rounded_seconds(segment.duration) > playlist.target_seconds) {
    segment.duration = std::chrono::seconds(playlist.target_seconds);
  }
  if (!segment.is_gap) {
    const auto written =
        write_file_atomically(folder / segment.uri, *bytes, AtomicFile::IfExists::kReplace);
    if (!written) return written;
  }
  playlist.segments.push_back(std::move(segment));
  return ok();
}

void tell_gaps(const fs::path& folder, MediaPlaylist& playlist) {
  for (SegmentEntry& segment : playlist.segments) {
    const bool has_map = segment.map.empty() || is_there(folder / segment.map);
    if (!has_map || !is_there(folder / segment.uri)) segment.is_gap = true;
  }
}

/// Where the fragments of a rendition end.
std::optional<MediaTime> end_of(const fs::path& folder, const MediaPlaylist& playlist) {
  MediaDuration behind{0};
  for (auto each = playlist.segments.rbegin(); each != playlist.segments.rend(); ++each) {
    behind += each->duration;
    if (each->is_gap || each->map.empty()) continue;
    const auto init = read_file(folder / each->map, kLargestSegment);
    const auto segment = read_file(folder / each->uri, kLargestSegment);
    const auto begin = init && segment ? read_fragment_begin(*init, *segment) : std::nullopt;
    if (begin) return *begin + behind;
  }
  return std::nullopt;
}

/// Playlists that ended before the longest began are those of an earlier programme.
void leave_out_earlier(std::map<std::string, MediaPlaylist>& playlists) {
  std::uint64_t first = 0;
  std::uint64_t next = 0;
  for (const auto& [name, playlist] : playlists) {
    if (next_sequence(playlist) <= next) continue;
    next = next_sequence(playlist);
    first = playlist.first_sequence;
  }
  std::erase_if(playlists, [first](const auto& each) {
    return each.second.segments.empty() || next_sequence(each.second) <= first;
  });
}

}  // namespace

FormerFolder read_former_folder(const fs::path& folder) {
  FormerFolder former;
  auto& playlists = former.programme.playlists;
  for (const fs::path& rendition : rendition_folders(folder)) {
    const fs::path path = rendition / "index.m3u8";
    const auto text = read_file(path, kLargestPlaylist);
    if (!text) continue;
    auto playlist = read_playlist(*text);
    if (playlist && playlist->type != PlaylistType::kEvent) continue;
    const Status closed = playlist ? close_open_segment(rendition, *playlist, former.notes)
                                   : Status(playlist.error());
    if (!closed) {
      former.notes.push_back(fmt::format("{}: what it has is not gone on with: {}", path.string(),
                                         closed.error().message));
      continue;
    }
    tell_gaps(rendition, *playlist);
    playlists.emplace(rendition.filename().string(), std::move(*playlist));
  }
  leave_out_earlier(playlists);
  if (std::ranges::all_of(playlists, [](const auto& each) { return each.second.has_ended; })) {
    playlists.clear();
  }
  std::optional<MediaTime> end;
  for (auto& [name, playlist] : playlists) {
    playlist.has_ended = false;
    const auto own = end_of(folder / name, playlist);
    if (own) end = std::max(end.value_or(*own), *own);
  }
  if (!end) playlists.clear();
  former.programme.end = end.value_or(MediaTime(0));
  align(former.programme);
  return former;
}

}  // namespace subtide
