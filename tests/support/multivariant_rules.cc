#include "tests/support/multivariant_rules.h"

#include <algorithm>
#include <map>
#include <set>

namespace subtide::playlist_text {
namespace {

class MultivariantRules {
 public:
  explicit MultivariantRules(Faults& faults) : faults_(faults) {}

  void check(const std::vector<Line>& lines) {
    for (const Line& line : lines) {
      if (line.tag == "#EXT-X-MEDIA") take_choice(line);
    }
    for (std::size_t index = 0; index < lines.size(); ++index) {
      const Line& line = lines[index];
      const bool has_uri = index + 1 < lines.size() && lines[index + 1].tag.empty();
      if (line.tag == "#EXT-X-STREAM-INF") {
        take_variant(line);
        if (!has_uri) faults_.add(line.number, "STREAM-INF without a URI behind it");
      }
      const bool is_led = index > 0 && lines[index - 1].tag == "#EXT-X-STREAM-INF";
      if (line.tag.empty() && !is_led) faults_.add(line.number, "a URI without STREAM-INF");
      check_tag(line);
    }
    if (variants_ == 0) faults_.add(0, "no EXT-X-STREAM-INF");
    if (has_none_ && has_captions_) faults_.add(0, "CLOSED-CAPTIONS=NONE beside a group");
    if (has_none_ && none_ != variants_) faults_.add(0, "CLOSED-CAPTIONS=NONE not in all variants");
  }

 private:
  void check_tag(const Line& line) {
    static const std::set<std::string> kTags = {"",
                                                "#EXTM3U",
                                                "#EXT-X-VERSION",
                                                "#EXT-X-INDEPENDENT-SEGMENTS",
                                                "#EXT-X-MEDIA",
                                                "#EXT-X-STREAM-INF"};
    if (!kTags.contains(line.tag)) {
      faults_.add(line.number, line.tag + " does not belong into a multivariant playlist");
    }
  }

  bool yes(const Attributes& attributes, const std::string& name, const Line& line) {
    const auto value = optional_text(attributes, name, Quotes::kWithout, line, faults_);
    if (value && *value != "YES" && *value != "NO") {
      faults_.add(line.number, name + " is neither YES nor NO");
    }
    return value == "YES";
  }

  void take_choice(const Line& line) {
    const Attributes attributes = read_attributes(line, faults_);
    const std::string type = required(attributes, "TYPE", Quotes::kWithout, line, faults_);
    const std::string group = required(attributes, "GROUP-ID", Quotes::kWith, line, faults_);
    const std::string name = required(attributes, "NAME", Quotes::kWith, line, faults_);
    if (!std::set<std::string>{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}.contains(type)) {
      faults_.add(line.number, "MEDIA of unknown TYPE");
    }
    Group& known = groups_[type + " " + group];
    if (!known.names.insert(name).second) faults_.add(line.number, "a NAME twice in a group");
    const bool is_default = yes(attributes, "DEFAULT", line);
    if (is_default && known.has_default) faults_.add(line.number, "two DEFAULTs in a group");
    known.has_default = known.has_default || is_default;
    const bool is_automatic = yes(attributes, "AUTOSELECT", line);
    if (is_default && attributes.contains("AUTOSELECT") && !is_automatic) {
      faults_.add(line.number, "DEFAULT=YES beside AUTOSELECT=NO");
    }
    optional_text(attributes, "LANGUAGE", Quotes::kWith, line, faults_);
    optional_text(attributes, "CHANNELS", Quotes::kWith, line, faults_);
    check_by_type(attributes, type, line);
  }

  void check_by_type(const Attributes& attributes, const std::string& type, const Line& line) {
    const bool has_uri = attributes.contains("URI");
    if (type == "SUBTITLES" && !has_uri) faults_.add(line.number, "SUBTITLES without URI");
    if (type != "SUBTITLES" && attributes.contains("FORCED")) {
      faults_.add(line.number, "FORCED outside of SUBTITLES");
    }
    if (type != "CLOSED-CAPTIONS") return;
    if (has_uri) faults_.add(line.number, "CLOSED-CAPTIONS with URI");
    const std::string id = required(attributes, "INSTREAM-ID", Quotes::kWith, line, faults_);
    const bool is_608 = id.size() == 3 && id.starts_with("CC") && id[2] >= '1' && id[2] <= '4';
    const auto service = id.starts_with("SERVICE") ? read_integer(id.substr(7)).value_or(0) : 0LL;
    if (!is_608 && (service < 1 || service > 63)) {
      faults_.add(line.number, "INSTREAM-ID is no caption channel");
    }
  }

  void check_group(const Attributes& attributes, const std::string& type, const Line& line) {
    const auto group = attributes.find(type);
    if (group == attributes.end()) return;
    if (type == "CLOSED-CAPTIONS" && !group->second.is_quoted) {
      if (group->second.value != "NONE") faults_.add(line.number, "CLOSED-CAPTIONS is unquoted");
      has_none_ = true;
      ++none_;
      return;
    }
    if (type == "CLOSED-CAPTIONS") has_captions_ = true;
    if (!group->second.is_quoted) faults_.add(line.number, type + " needs quotes");
    if (!groups_.contains(type + " " + group->second.value)) {
      faults_.add(line.number, "there is no " + type + " group of that name");
    }
  }

  void take_variant(const Line& line) {
    ++variants_;
    const Attributes attributes = read_attributes(line, faults_);
    const auto peak =
        read_integer(required(attributes, "BANDWIDTH", Quotes::kWithout, line, faults_));
    if (!peak || *peak == 0) faults_.add(line.number, "BANDWIDTH is no positive number");
    const auto average =
        optional_text(attributes, "AVERAGE-BANDWIDTH", Quotes::kWithout, line, faults_);
    if (average && read_integer(*average).value_or(1LL << 60) > peak.value_or(0)) {
      faults_.add(line.number, "AVERAGE-BANDWIDTH above BANDWIDTH");
    }
    required(attributes, "CODECS", Quotes::kWith, line, faults_);
    const auto rate = optional_seconds(attributes, "FRAME-RATE", line, faults_);
    if (rate && *rate <= 0) faults_.add(line.number, "FRAME-RATE is not positive");
    check_resolution(attributes, line);
    for (const char* type : {"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}) {
      check_group(attributes, type, line);
    }
  }

  void check_resolution(const Attributes& attributes, const Line& line) {
    const auto size = optional_text(attributes, "RESOLUTION", Quotes::kWithout, line, faults_);
    if (!size) return;
    const std::size_t cross = size->find('x');
    const bool is_size = cross != std::string::npos &&
                         read_integer(size->substr(0, cross)).value_or(0) > 0 &&
                         read_integer(size->substr(cross + 1)).value_or(0) > 0;
    if (!is_size) faults_.add(line.number, "RESOLUTION is no WIDTHxHEIGHT");
  }

  struct Group {
    std::set<std::string> names;
    bool has_default = false;
  };
  Faults& faults_;
  std::map<std::string, Group> groups_;
  int variants_ = 0;
  int none_ = 0;
  bool has_none_ = false;
  bool has_captions_ = false;
};

bool is_same(const ReadSegment& a, const ReadSegment& b) {
  return a.uri == b.uri && a.duration == b.duration && a.is_discontinuous == b.is_discontinuous &&
         a.is_gap == b.is_gap && a.map == b.map && a.date == b.date;
}

void check_removal(const ReadPlaylist& before, const ReadPlaylist& after, Faults& faults) {
  if (after.sequence == before.sequence) return;
  if (!before.type.empty()) faults.add(0, "segments leave an EVENT or VOD playlist");
  double length = 0;
  for (const ReadSegment& segment : after.segments) length += segment.duration;
  if (length + 1e-3 < 3.0 * static_cast<double>(after.target.value_or(0))) {
    faults.add(0, "segments leave a playlist shorter than three target durations");
  }
  long long discontinuities = before.discontinuity;
  for (std::size_t index = 0; index < before.segments.size(); ++index) {
    const bool is_gone = before.sequence + static_cast<long long>(index) < after.sequence;
    if (is_gone && before.segments[index].is_discontinuous) ++discontinuities;
  }
  if (discontinuities != after.discontinuity) faults.add(0, "a wrong DISCONTINUITY-SEQUENCE");
}

/// What a client saw as parts has to be in the segment that came of them.
void check_growth(const ReadPlaylist& before, const ReadPlaylist& after, Faults& faults) {
  const auto open_number = before.sequence + static_cast<long long>(before.segments.size());
  const auto index = open_number - after.sequence;
  if (index < 0 || before.open_parts.empty()) return;
  const auto place = static_cast<std::size_t>(index);
  const std::vector<ReadPart>& parts =
      place < after.segments.size() ? after.segments[place].parts : after.open_parts;
  if (parts.empty() && place < after.segments.size()) return;  // too old to be listed
  for (std::size_t at = 0; at < before.open_parts.size(); ++at) {
    if (at >= parts.size() || parts[at].uri != before.open_parts[at].uri) {
      return faults.add(0, "parts change");
    }
  }
}

}  // namespace

void check_multivariant(const std::vector<Line>& lines, Faults& faults) {
  MultivariantRules(faults).check(lines);
}

std::vector<std::string> multivariant_uris(const std::vector<Line>& lines) {
  Faults ignored;
  std::set<std::string> uris;
  for (const Line& line : lines) {
    if (line.tag.empty()) uris.insert(line.value);
    if (line.tag != "#EXT-X-MEDIA") continue;
    const Attributes attributes = read_attributes(line, ignored);
    if (attributes.contains("URI")) uris.insert(attributes.at("URI").value);
  }
  return {uris.begin(), uris.end()};
}

void check_reload(const ReadPlaylist& before, const ReadPlaylist& after, Faults& faults) {
  if (before.target != after.target) faults.add(0, "the target duration changes");
  if (before.type != after.type) faults.add(0, "the playlist's type changes");
  if (after.sequence < before.sequence) faults.add(0, "the media sequence falls");
  const auto end = [](const ReadPlaylist& playlist) {
    return playlist.sequence + static_cast<long long>(playlist.segments.size());
  };
  if (end(after) < end(before)) faults.add(0, "segments vanish from the end");
  if (before.has_ended && (!after.has_ended || end(after) != end(before))) {
    faults.add(0, "a playlist that ended goes on");
  }
  for (std::size_t index = 0; index < before.segments.size(); ++index) {
    const long long place = before.sequence + static_cast<long long>(index) - after.sequence;
    if (place < 0 || place >= static_cast<long long>(after.segments.size())) continue;
    if (!is_same(before.segments[index], after.segments[static_cast<std::size_t>(place)])) {
      faults.add(before.segments[index].line, "a published segment changes");
    }
  }
  check_removal(before, after, faults);
  check_growth(before, after, faults);
}

}  // namespace subtide::playlist_text
