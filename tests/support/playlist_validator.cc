#include "tests/support/playlist_validator.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/media_playlist_reader.h"
#include "tests/support/multivariant_rules.h"
#include "tests/support/playlist_text.h"

namespace subtide {
namespace {

using namespace playlist_text;

// What rounding to milliseconds and to frames of sound may do to a date.
constexpr double kDateTolerance = 0.3;

bool is_multivariant(const std::vector<Line>& lines) {
  return std::ranges::any_of(lines, [](const Line& line) {
    return line.tag == "#EXT-X-STREAM-INF" || line.tag == "#EXT-X-MEDIA";
  });
}

void check_version(const ReadPlaylist& playlist, Faults& faults) {
  const long long version = playlist.version.value_or(1);
  const bool has_map =
      std::ranges::any_of(playlist.segments, [](const auto& each) { return !each.map.empty(); });
  const bool has_fraction = std::ranges::any_of(playlist.segments, [](const auto& each) {
    return each.duration != std::floor(each.duration);
  });
  if (has_map && version < 6) faults.add(0, "EXT-X-MAP needs version 6");
  const bool has_gap = std::ranges::any_of(playlist.segments, &ReadSegment::is_gap);
  if (has_gap && version < 8) faults.add(0, "EXT-X-GAP needs version 8");
  if (has_fraction && version < 3) faults.add(0, "fractions of a second need version 3");
}

void check_durations(const ReadPlaylist& playlist, Faults& faults) {
  if (!playlist.target) return faults.add(0, "no EXT-X-TARGETDURATION");
  for (const ReadSegment& segment : playlist.segments) {
    if (std::floor(segment.duration + 0.5) > static_cast<double>(*playlist.target)) {
      faults.add(segment.line, "the segment is longer than the target duration");
    }
    if (segment.duration <= 0) faults.add(segment.line, "the segment has no duration");
  }
}

void check_uris(const ReadPlaylist& playlist, Faults& faults) {
  std::set<std::string> known;
  const auto note = [&](int line, const std::string& uri) {
    if (!known.insert(uri).second) faults.add(line, uri + " is named twice");
  };
  for (const ReadSegment& segment : playlist.segments) {
    note(segment.line, segment.uri);
    for (const ReadPart& part : segment.parts) note(part.line, part.uri);
    const bool is_fragment = segment.uri.ends_with(".m4s") || segment.uri.ends_with(".mp4");
    if (is_fragment && segment.map.empty() && !segment.is_gap) {
      faults.add(segment.line, "a fragment without EXT-X-MAP");
    }
  }
  for (const ReadPart& part : playlist.open_parts) note(part.line, part.uri);
  if (playlist.has_hint && known.contains(playlist.hint)) {
    faults.add(0, "the hinted part is there already");
  }
}

void check_maps_and_dates(const ReadPlaylist& playlist, Faults& faults) {
  const ReadSegment* before = nullptr;
  for (const ReadSegment& segment : playlist.segments) {
    if (before != nullptr && !segment.is_discontinuous) {
      if (segment.map != before->map && !before->map.empty()) {
        faults.add(segment.line, "another map without EXT-X-DISCONTINUITY");
      }
      const bool has_dates = segment.date && before->date;
      if (has_dates &&
          std::abs(*segment.date - *before->date - before->duration) > kDateTolerance) {
        faults.add(segment.line, "the date does not follow from the durations");
      }
    }
    before = &segment;
  }
}

void check_parts_of(const std::vector<ReadPart>& parts, double target, bool is_complete,
                    Faults& faults) {
  for (std::size_t index = 0; index < parts.size(); ++index) {
    const ReadPart& part = parts[index];
    const bool may_be_short = is_complete && index + 1 == parts.size();
    if (part.duration > target + 1e-3) faults.add(part.line, "a part longer than PART-TARGET");
    if (part.duration < 0.85 * target && !may_be_short && !part.is_gap) {
      faults.add(part.line, "a part shorter than 85 % of PART-TARGET");
    }
  }
}

void check_parts(const ReadPlaylist& playlist, Faults& faults) {
  const bool has_parts =
      !playlist.open_parts.empty() || playlist.has_hint ||
      std::ranges::any_of(playlist.segments, [](const auto& each) { return !each.parts.empty(); });
  if (has_parts && !playlist.part_target) faults.add(0, "parts without EXT-X-PART-INF");
  if (playlist.has_hint && playlist.has_ended) faults.add(0, "a hint in a playlist that ended");
  const double target = playlist.part_target.value_or(1e9);
  for (const ReadSegment& segment : playlist.segments) {
    if (segment.parts.empty()) continue;
    check_parts_of(segment.parts, target, true, faults);
    double sum = 0;
    for (const ReadPart& part : segment.parts) sum += part.duration;
    // It may be longer than they are where media is missing.
    if (sum > segment.duration + 0.01) faults.add(segment.line, "parts longer than the segment");
  }
  // The last part may turn out to be the last of its segment.
  check_parts_of(playlist.open_parts, target, true, faults);
}

void check_control(const Line& line, const ReadPlaylist& playlist, Faults& faults) {
  const Attributes attributes = read_attributes(line, faults);
  const auto part_hold = optional_seconds(attributes, "PART-HOLD-BACK", line, faults);
  const auto hold = optional_seconds(attributes, "HOLD-BACK", line, faults);
  if (playlist.part_target && !part_hold) faults.add(line.number, "no PART-HOLD-BACK");
  if (part_hold && *part_hold < 2 * playlist.part_target.value_or(0) - 1e-6) {
    faults.add(line.number, "PART-HOLD-BACK below two part targets");
  }
  const auto least = 3.0 * static_cast<double>(playlist.target.value_or(0));
  if (hold && *hold < least) faults.add(line.number, "HOLD-BACK below three target durations");
  const auto blocks = optional_text(attributes, "CAN-BLOCK-RELOAD", Quotes::kWithout, line, faults);
  if (blocks && *blocks != "YES") faults.add(line.number, "CAN-BLOCK-RELOAD is not YES");
}

/// The values of one range may be told in several tags, but never in two ways.
class RangeRules {
 public:
  explicit RangeRules(Faults& faults) : faults_(faults) {}

  void take(const Line& line) {
    const Attributes attributes = read_attributes(line, faults_);
    const std::string id = required(attributes, "ID", Quotes::kWith, line, faults_);
    check_dates(attributes, line, !known_.contains(id));
    check_next(attributes, line);
    for (const auto& [name, attribute] : attributes) {
      const auto [known, is_new] = known_[id].emplace(name, attribute.value);
      if (!is_new && known->second != attribute.value) {
        faults_.add(line.number, name + " of a DATERANGE changes");
      }
      check_name(name, line);
    }
  }

 private:
  void check_dates(const Attributes& attributes, const Line& line, bool is_first) {
    const auto start = optional_text(attributes, "START-DATE", Quotes::kWith, line, faults_);
    const auto end = optional_text(attributes, "END-DATE", Quotes::kWith, line, faults_);
    if (!start && is_first) faults_.add(line.number, "DATERANGE without START-DATE");
    if (start && !read_date(*start)) faults_.add(line.number, "START-DATE is no instant");
    if (end && !read_date(*end)) faults_.add(line.number, "END-DATE is no instant");
    if (start && end && read_date(*end) < read_date(*start)) {
      faults_.add(line.number, "END-DATE before START-DATE");
    }
    optional_seconds(attributes, "DURATION", line, faults_);
    optional_seconds(attributes, "PLANNED-DURATION", line, faults_);
  }
  void check_next(const Attributes& attributes, const Line& line) {
    if (!attributes.contains("END-ON-NEXT")) return;
    if (!attributes.contains("CLASS")) faults_.add(line.number, "END-ON-NEXT without CLASS");
    if (attributes.contains("DURATION") || attributes.contains("END-DATE")) {
      faults_.add(line.number, "END-ON-NEXT beside an end");
    }
  }
  void check_name(const std::string& name, const Line& line) {
    static const std::set<std::string> kNames = {
        "ID",         "CLASS",      "START-DATE",       "CUE",
        "END-DATE",   "DURATION",   "PLANNED-DURATION", "END-ON-NEXT",
        "SCTE35-CMD", "SCTE35-OUT", "SCTE35-IN"};
    if (!kNames.contains(name) && !name.starts_with("X-")) {
      faults_.add(line.number, name + " is no attribute of DATERANGE");
    }
  }

  Faults& faults_;
  std::map<std::string, std::map<std::string, std::string>> known_;
};

void check_media(const std::vector<Line>& lines, Faults& faults) {
  const ReadPlaylist playlist = read_media_playlist(lines, faults);
  check_version(playlist, faults);
  check_durations(playlist, faults);
  check_uris(playlist, faults);
  check_maps_and_dates(playlist, faults);
  check_parts(playlist, faults);
  if (playlist.type == "VOD" && !playlist.has_ended) faults.add(0, "VOD without ENDLIST");
  RangeRules ranges(faults);
  bool has_ranges = false;
  for (const Line& line : lines) {
    if (line.tag == "#EXT-X-SERVER-CONTROL") check_control(line, playlist, faults);
    if (line.tag != "#EXT-X-DATERANGE") continue;
    ranges.take(line);
    has_ranges = true;
  }
  const bool has_date = std::ranges::any_of(playlist.segments,
                                            [](const auto& each) { return each.date.has_value(); });
  if (has_ranges && !has_date) faults.add(0, "DATERANGE without PROGRAM-DATE-TIME");
}

}  // namespace

std::vector<std::string> playlist_faults(std::string_view text) {
  Faults faults;
  if (text.starts_with("\xEF\xBB\xBF")) faults.add(1, "a byte order mark");
  const std::vector<Line> lines = read_lines(text, faults);
  if (!text.starts_with("#EXTM3U\n") && !text.starts_with("#EXTM3U\r\n")) {
    faults.add(1, "the first line is not #EXTM3U");
  }
  if (is_multivariant(lines)) {
    check_multivariant(lines, faults);
  } else {
    check_media(lines, faults);
  }
  return faults.all();
}

std::vector<std::string> reload_faults(std::string_view before_text, std::string_view after_text) {
  Faults faults;
  const ReadPlaylist before = read_media_playlist(read_lines(before_text, faults), faults);
  const ReadPlaylist after = read_media_playlist(read_lines(after_text, faults), faults);
  check_reload(before, after, faults);
  return faults.all();
}

std::vector<std::string> playlist_uris(std::string_view text) {
  Faults faults;
  const std::vector<Line> lines = read_lines(text, faults);
  if (is_multivariant(lines)) return multivariant_uris(lines);
  const ReadPlaylist playlist = read_media_playlist(lines, faults);
  std::set<std::string> uris;
  const auto add_parts = [&uris](const std::vector<ReadPart>& parts) {
    for (const ReadPart& part : parts) {
      if (!part.is_gap) uris.insert(part.uri);
    }
  };
  for (const ReadSegment& segment : playlist.segments) {
    if (!segment.is_gap) uris.insert(segment.uri);
    if (!segment.map.empty() && !segment.is_gap) uris.insert(segment.map);
    add_parts(segment.parts);
  }
  add_parts(playlist.open_parts);
  return {uris.begin(), uris.end()};
}

}  // namespace subtide
