#include "engine/packaging/playlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

void line(std::string& text, std::string_view tag, std::string_view value = {}) {
  text.append(tag);
  if (!value.empty()) text.append(":").append(value);
  text += '\n';
}

// Names the file in a playlist that has lines, and in an attribute with quotation marks.
bool needs_escape(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte <= 0x20 || byte == 0x7F || character == '"' || character == '#' || character == '%';
}

std::string escaped_uri(std::string_view uri) {
  std::string result;
  for (const char character : uri) {
    if (needs_escape(character)) {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    } else {
      result += character;
    }
  }
  return result;
}

/// The version that the tags in use ask for.
int version_of(const MediaPlaylist& playlist) {
  if (playlist.low_latency) return 9;
  if (std::ranges::any_of(playlist.segments, &SegmentEntry::is_gap)) return 8;
  const bool has_map = std::ranges::any_of(
      playlist.segments, [](const SegmentEntry& segment) { return !segment.map.empty(); });
  return has_map ? 7 : 6;
}

void append_map(std::string& text, const std::string& map, std::string& known) {
  if (map.empty() || map == known) return;
  known = map;
  line(text, "#EXT-X-MAP", AttributeList().quoted("URI", escaped_uri(map)).text());
}

void append_part(std::string& text, const PartEntry& part) {
  AttributeList list;
  list.plain("DURATION", format_seconds(part.duration)).quoted("URI", escaped_uri(part.uri));
  if (part.is_independent) list.plain("INDEPENDENT", "YES");
  if (part.is_gap) list.plain("GAP", "YES");
  line(text, "#EXT-X-PART", list.text());
}

/// What stands before a segment, be it complete or not.
struct Opening {
  const std::optional<WallTime>& starts;
  bool is_discontinuous;
  const std::string& map;
};

void append_opening(std::string& text, const Opening& opening, std::string& known_map) {
  if (opening.is_discontinuous) line(text, "#EXT-X-DISCONTINUITY");
  append_map(text, opening.map, known_map);
  if (opening.starts) line(text, "#EXT-X-PROGRAM-DATE-TIME", format_wall_time(*opening.starts));
}

void append_segment(std::string& text, const SegmentEntry& segment, std::string& known_map) {
  append_opening(text, {segment.starts, segment.is_discontinuous, segment.map}, known_map);
  if (segment.is_gap) line(text, "#EXT-X-GAP");
  for (const PartEntry& part : segment.parts) append_part(text, part);
  line(text, "#EXTINF", format_seconds(segment.duration) + ",");
  line(text, escaped_uri(segment.uri));
}

void append_header(std::string& text, const MediaPlaylist& playlist) {
  line(text, "#EXTM3U");
  line(text, "#EXT-X-VERSION", std::to_string(version_of(playlist)));
  line(text, "#EXT-X-TARGETDURATION", std::to_string(playlist.target_seconds));
  if (playlist.type == PlaylistType::kEvent) line(text, "#EXT-X-PLAYLIST-TYPE", "EVENT");
  if (playlist.type == PlaylistType::kVod) line(text, "#EXT-X-PLAYLIST-TYPE", "VOD");
  line(text, "#EXT-X-MEDIA-SEQUENCE", std::to_string(playlist.first_sequence));
  if (playlist.first_discontinuity > 0) {
    line(text, "#EXT-X-DISCONTINUITY-SEQUENCE", std::to_string(playlist.first_discontinuity));
  }
  if (playlist.is_independent) line(text, "#EXT-X-INDEPENDENT-SEGMENTS");
}

/// The distances that 8216bis recommends: three parts, three target durations.
void append_server_control(std::string& text, const MediaPlaylist& playlist) {
  const LowLatency& low = *playlist.low_latency;
  AttributeList list;
  list.plain("CAN-BLOCK-RELOAD", "YES")
      .plain("PART-HOLD-BACK", format_seconds(low.part_target * 3))
      .plain("HOLD-BACK", std::to_string(playlist.target_seconds * 3));
  line(text, "#EXT-X-SERVER-CONTROL", list.text());
  line(text, "#EXT-X-PART-INF",
       AttributeList().plain("PART-TARGET", format_seconds(low.part_target)).text());
}

void append_open_segment(std::string& text, const LowLatency& low, std::string& known_map) {
  if (!low.parts.empty()) {
    append_opening(text, {low.starts, low.is_discontinuous, low.map}, known_map);
    for (const PartEntry& part : low.parts) append_part(text, part);
  }
  if (low.next_part.empty()) return;
  line(text, "#EXT-X-PRELOAD-HINT",
       AttributeList().plain("TYPE", "PART").quoted("URI", escaped_uri(low.next_part)).text());
}

}  // namespace

std::string write_playlist(const MediaPlaylist& playlist) {
  std::string text;
  append_header(text, playlist);
  if (playlist.low_latency) append_server_control(text, playlist);
  for (const DateRangeEntry& range : playlist.date_ranges) {
    line(text, "#EXT-X-DATERANGE", range.attributes);
  }
  std::string known_map;
  for (const SegmentEntry& segment : playlist.segments) append_segment(text, segment, known_map);
  if (playlist.low_latency && !playlist.has_ended) {
    append_open_segment(text, *playlist.low_latency, known_map);
  }
  if (playlist.has_ended) line(text, "#EXT-X-ENDLIST");
  return text;
}

AttributeList& AttributeList::quoted(std::string_view name, std::string_view value) {
  std::string clean;
  for (const char character : value) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7F) clean += character == '"' ? '\'' : character;
  }
  return plain(name, fmt::format("\"{}\"", clean));
}

AttributeList& AttributeList::plain(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  text_.append(name).append("=").append(value);
  return *this;
}

std::string format_seconds(MediaDuration duration) {
  const auto micro = (duration.count() + 500) / 1000;
  std::string text = fmt::format("{}.{:06}", micro / 1'000'000, micro % 1'000'000);
  while (text.ends_with("000")) text.resize(text.size() - 3);
  return text.ends_with('.') ? text + "000" : text;
}

int rounded_seconds(MediaDuration duration) {
  return static_cast<int>((duration.count() + 500'000'000) / 1'000'000'000);
}

}  // namespace subtide
