#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/playlist_text.h"

namespace subtide::playlist_text {

struct ReadPart {
  int line = 0;
  std::string uri;
  double duration = 0;
  bool is_gap = false;
};

struct ReadSegment {
  int line = 0;
  std::string uri;
  double duration = 0;
  bool is_discontinuous = false;
  bool is_gap = false;
  std::optional<double> date;
  std::string map;
  std::vector<ReadPart> parts;
};

struct ReadPlaylist {
  std::optional<long long> version;
  std::optional<long long> target;
  long long sequence = 0;
  long long discontinuity = 0;
  std::string type;
  bool has_ended = false;
  bool has_hint = false;
  std::optional<double> part_target;
  std::vector<ReadSegment> segments;
  std::vector<ReadPart> open_parts;
  std::string hint;
};

/// Reads a media playlist; what it cannot make sense of becomes a fault.
ReadPlaylist read_media_playlist(const std::vector<Line>& lines, Faults& faults);

}  // namespace subtide::playlist_text
