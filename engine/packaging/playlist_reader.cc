#include "engine/packaging/playlist_reader.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

/// Numbers stay so small that a year of segments can be added to them.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 53U;
/// Of one segment; ours have half a minute at most.
constexpr double kLongest = 86'400;

bool is_file_name(std::string_view name) {
  const auto is_plain = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '-' || each == '_' || each == '.';
  };
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, is_plain);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<MediaPlaylist> read() {
    if (take_line() != "#EXTM3U") return wrong("no playlist");
    while (!rest_.empty() && !fault_) take(take_line());
    if (!fault_ && list_.target_seconds <= 0) fault_ = wrong("no target duration");
    if (fault_) return *fault_;
    if (low_.part_target > MediaDuration(0)) list_.low_latency = std::move(low_);
    return std::move(list_);
  }

 private:
  std::string_view take_line() {
    ++number_;
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
    return line;
  }

  Error wrong(std::string_view what) const {
    return make_error(ErrorCode::kBadInput, "line {}: {}", number_, what);
  }
  void demand(bool is_so, std::string_view what) {
    if (!is_so && !fault_) fault_ = wrong(what);
  }

  std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    demand(failure == std::errc() && end == text.data() + text.size() && value <= kLargest,
           "expected a number");
    return value;
  }

  MediaDuration duration(std::string_view text) {
    double value = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_fine = failure == std::errc() && end == text.data() + text.size() && value >= 0 &&
                         value <= kLongest;
    demand(is_fine, "expected seconds");
    return is_fine ? from_seconds(value) : MediaDuration(0);
  }

  std::string file_name(std::string_view text) {
    demand(is_file_name(text), "expected the name of a file in the same folder");
    return std::string(text);
  }

  /// The values of an attribute list, without their quotation marks.
  std::map<std::string_view, std::string_view> attributes(std::string_view list) {
    std::map<std::string_view, std::string_view> found;
    while (!list.empty()) {
      const auto equals = list.find('=');
      if (equals == std::string_view::npos) break;
      const std::string_view name = list.substr(0, equals);
      list.remove_prefix(equals + 1);
      const bool is_quoted = list.starts_with('"');
      if (is_quoted) list.remove_prefix(1);
      const auto end = std::min(list.find(is_quoted ? '"' : ','), list.size());
      found[name] = list.substr(0, end);
      list.remove_prefix(std::min(end + 1, list.size()));
      if (is_quoted && list.starts_with(',')) list.remove_prefix(1);
    }
    return found;
  }

  void take(std::string_view line) {
    if (line.empty()) return;
    if (line.front() != '#') return take_segment(line);
    const auto colon = std::min(line.find(':'), line.size());
    const std::string_view tag = line.substr(0, colon);
    const std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (!take_header(tag, value) && !take_opening(tag, value)) demand(false, "an unknown tag");
  }

  bool take_header(std::string_view tag, std::string_view value) {
    if (tag == "#EXT-X-VERSION" || tag == "#EXT-X-SERVER-CONTROL" || tag == "#EXT-X-PRELOAD-HINT") {
      return true;
    }
    if (tag == "#EXT-X-TARGETDURATION") {
      list_.target_seconds = static_cast<int>(std::min<std::uint64_t>(number(value), 86'400));
    } else if (tag == "#EXT-X-PLAYLIST-TYPE") {
      demand(value == "EVENT" || value == "VOD", "expected EVENT or VOD");
      list_.type = value == "EVENT" ? PlaylistType::kEvent : PlaylistType::kVod;
    } else if (tag == "#EXT-X-MEDIA-SEQUENCE") {
      list_.first_sequence = number(value);
    } else if (tag == "#EXT-X-DISCONTINUITY-SEQUENCE") {
      list_.first_discontinuity = number(value);
    } else if (tag == "#EXT-X-INDEPENDENT-SEGMENTS") {
      has_promised_ = true;
    } else if (tag == "#EXT-X-PART-INF") {
      low_.part_target = duration(attributes(value)["PART-TARGET"]);
    } else if (tag == "#EXT-X-DATERANGE") {
      list_.date_ranges.push_back({{}, std::string(value)});
    } else if (tag == "#EXT-X-ENDLIST") {
      list_.has_ended = true;
    } else {
      return false;
    }
    list_.is_independent = has_promised_;
    return true;
  }

  bool take_opening(std::string_view tag, std::string_view value) {
    if (tag == "#EXT-X-DISCONTINUITY") {
      next_.is_discontinuous = true;
    } else if (tag == "#EXT-X-MAP") {
      next_.map = file_name(attributes(value)["URI"]);
    } else if (tag == "#EXT-X-PROGRAM-DATE-TIME") {
      const auto when = parse_marker_time(value);
      const bool is_instant = when && when->kind == MarkerTime::Kind::kWall;
      demand(is_instant, "expected a date and time");
      if (is_instant) next_.starts = when->wall;
    } else if (tag == "#EXT-X-GAP") {
      next_.is_gap = true;
    } else if (tag == "#EXTINF") {
      demand(value.ends_with(','), "expected seconds and a comma");
      next_.duration = duration(value.substr(0, value.find(',')));
      has_duration_ = true;
    } else if (tag == "#EXT-X-PART") {
      auto list = attributes(value);
      low_.parts.push_back({file_name(list["URI"]), duration(list["DURATION"]),
                            list["INDEPENDENT"] == "YES", list["GAP"] == "YES"});
      low_.starts = next_.starts;
      low_.is_discontinuous = next_.is_discontinuous;
      low_.map = next_.map;
    } else {
      return false;
    }
    return true;
  }

  void take_segment(std::string_view line) {
    demand(has_duration_, "a segment without length");
    next_.uri = file_name(line);
    SegmentEntry following;
    following.map = next_.map;
    list_.segments.push_back(std::exchange(next_, std::move(following)));
    low_.parts.clear();
    has_duration_ = false;
  }

  std::string_view rest_;
  int number_ = 0;
  std::optional<Error> fault_;
  MediaPlaylist list_;
  LowLatency low_;
  SegmentEntry next_;
  bool has_duration_ = false;
  bool has_promised_ = false;
};

}  // namespace

Result<MediaPlaylist> read_playlist(std::string_view text) { return Reader(text).read(); }

}  // namespace subtide
