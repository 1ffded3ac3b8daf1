#include "tests/support/media_playlist_reader.h"

#include <algorithm>
#include <functional>
#include <set>

namespace subtide::playlist_text {
namespace {

/// Goes through the lines once; each tag has its function.
class Reader {
 public:
  explicit Reader(Faults& faults) : faults_(faults) {}

  ReadPlaylist read(const std::vector<Line>& lines) {
    for (const Line& line : lines) {
      if (playlist_.has_ended && line.tag.empty()) faults_.add(line.number, "a URI behind ENDLIST");
      if (line.tag.empty()) {
        take_uri(line);
      } else {
        take_tag(line);
      }
    }
    if (duration_) faults_.add(lines.empty() ? 0 : lines.back().number, "EXTINF without a URI");
    if (!duration_ && (next_.is_gap || (next_.is_discontinuous && next_.parts.empty()))) {
      faults_.add(lines.empty() ? 0 : lines.back().number, "a segment's tag without a segment");
    }
    playlist_.open_parts = next_.parts;
    return std::move(playlist_);
  }

 private:
  void once(const Line& line) {
    if (!seen_.insert(line.tag).second) faults_.add(line.number, line.tag + " twice");
  }
  void before_segments(const Line& line) {
    once(line);
    const bool is_late = !playlist_.segments.empty() || duration_ || !next_.parts.empty();
    if (is_late) faults_.add(line.number, line.tag + " behind a segment");
  }
  long long integer(const Line& line) {
    const auto value = read_integer(line.value);
    if (!value) faults_.add(line.number, line.tag + " is no whole number");
    return value.value_or(0);
  }

  void take_uri(const Line& line) {
    if (!duration_) {
      faults_.add(line.number, "a URI without EXTINF");
      return;
    }
    next_.line = line.number;
    next_.uri = line.value;
    next_.duration = *duration_;
    next_.map = map_;
    if (line.value.find(' ') != std::string::npos) faults_.add(line.number, "a blank in a URI");
    playlist_.segments.push_back(std::move(next_));
    next_ = {};
    duration_.reset();
  }

  void take_duration(const Line& line) {
    if (duration_) faults_.add(line.number, "EXTINF twice for one segment");
    const std::size_t comma = line.value.find(',');
    if (comma == std::string::npos) faults_.add(line.number, "EXTINF without a comma");
    duration_ = read_decimal(std::string_view(line.value).substr(0, comma));
    if (!duration_) faults_.add(line.number, "EXTINF is no number of seconds");
    duration_ = duration_.value_or(0.0);
  }

  void take_map(const Line& line) {
    const Attributes attributes = read_attributes(line, faults_);
    map_ = required(attributes, "URI", Quotes::kWith, line, faults_);
  }

  void take_date(const Line& line) {
    if (next_.date) faults_.add(line.number, "two dates for one segment");
    next_.date = read_date(line.value);
    if (!next_.date) faults_.add(line.number, "PROGRAM-DATE-TIME is no RFC 3339 instant");
  }

  void take_part(const Line& line) {
    const Attributes attributes = read_attributes(line, faults_);
    ReadPart part;
    part.line = line.number;
    part.uri = required(attributes, "URI", Quotes::kWith, line, faults_);
    part.duration = optional_seconds(attributes, "DURATION", line, faults_).value_or(-1);
    if (part.duration < 0) faults_.add(line.number, "PART without DURATION");
    for (const char* name : {"INDEPENDENT", "GAP"}) {
      const auto value = optional_text(attributes, name, Quotes::kWithout, line, faults_);
      if (value && *value != "YES") faults_.add(line.number, std::string(name) + " is not YES");
    }
    part.is_gap = attributes.contains("GAP");
    next_.parts.push_back(part);
  }

  void take_part_target(const Line& line) {
    before_segments(line);
    const Attributes attributes = read_attributes(line, faults_);
    playlist_.part_target = optional_seconds(attributes, "PART-TARGET", line, faults_);
    if (!playlist_.part_target) faults_.add(line.number, "PART-INF without PART-TARGET");
  }

  void take_hint(const Line& line) {
    const Attributes attributes = read_attributes(line, faults_);
    const std::string type = required(attributes, "TYPE", Quotes::kWithout, line, faults_);
    if (type != "PART" && type != "MAP") faults_.add(line.number, "PRELOAD-HINT of unknown TYPE");
    playlist_.hint = required(attributes, "URI", Quotes::kWith, line, faults_);
    if (playlist_.has_hint) faults_.add(line.number, "two PRELOAD-HINTs");
    playlist_.has_hint = true;
  }

  void take_type(const Line& line) {
    before_segments(line);
    playlist_.type = line.value;
    if (line.value != "EVENT" && line.value != "VOD") {
      faults_.add(line.number, "PLAYLIST-TYPE is neither EVENT nor VOD");
    }
  }

  void take_tag(const Line& line) {
    const std::string& tag = line.tag;
    if (tag == "#EXTM3U" || tag == "#EXT-X-INDEPENDENT-SEGMENTS") return once(line);
    if (tag == "#EXT-X-VERSION") return once(line), void(playlist_.version = integer(line));
    if (tag == "#EXT-X-TARGETDURATION") {
      return before_segments(line), void(playlist_.target = integer(line));
    }
    if (tag == "#EXT-X-MEDIA-SEQUENCE") {
      return before_segments(line), void(playlist_.sequence = integer(line));
    }
    if (tag == "#EXT-X-DISCONTINUITY-SEQUENCE") {
      return before_segments(line), void(playlist_.discontinuity = integer(line));
    }
    if (tag == "#EXT-X-PLAYLIST-TYPE") return take_type(line);
    if (tag == "#EXT-X-ENDLIST") return once(line), void(playlist_.has_ended = true);
    if (tag == "#EXTINF") return take_duration(line);
    if (tag == "#EXT-X-MAP") return take_map(line);
    if (tag == "#EXT-X-PROGRAM-DATE-TIME") return take_date(line);
    if (tag == "#EXT-X-PART-INF") return take_part_target(line);
    if (tag == "#EXT-X-PART") return take_part(line);
    if (tag == "#EXT-X-PRELOAD-HINT") return take_hint(line);
    if (tag == "#EXT-X-GAP") return void(next_.is_gap = true);
    if (tag == "#EXT-X-DISCONTINUITY") return take_discontinuity(line);
    if (tag == "#EXT-X-DATERANGE" || tag == "#EXT-X-SERVER-CONTROL") return;  // have own checks
    faults_.add(line.number, tag + " does not belong into a media playlist");
  }

  void take_discontinuity(const Line& line) {
    if (duration_ || next_.is_discontinuous || !next_.parts.empty()) {
      faults_.add(line.number, "DISCONTINUITY in the middle of a segment, or twice");
    }
    next_.is_discontinuous = true;
  }

  Faults& faults_;
  ReadPlaylist playlist_;
  ReadSegment next_;
  std::optional<double> duration_;
  std::string map_;
  std::set<std::string> seen_;
};

}  // namespace

ReadPlaylist read_media_playlist(const std::vector<Line>& lines, Faults& faults) {
  return Reader(faults).read(lines);
}

}  // namespace subtide::playlist_text
