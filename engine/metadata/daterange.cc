#include "engine/metadata/daterange.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostOpenBreaks = 64;  // a lost "in" must not stay for ever
constexpr std::string_view kDefaultClass = "io.subtide";

/// Quotes hold neither a quote nor a line break; nothing escapes them.
bool fits_quotes(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string in_quotes(std::string_view text) {
  std::string value = "\"";
  for (const char c : text) {
    value.push_back(fits_quotes({&c, 1}) ? c : ' ');
  }
  return value + "\"";
}

std::string hex_sequence(ByteView bytes) { return "0x" + to_hex(bytes); }

/// Attribute names have upper-case letters, digits and dashes.
std::string attribute_name(std::string_view class_name, std::string_view member) {
  std::string name = "X-";
  name += class_name.empty() ? kDefaultClass : class_name;
  name += "-";
  name += member;
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool is_allowed = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!is_allowed) c = '-';
  }
  return name;
}

/// A decimal of the playlist has no sign and no exponent.
bool is_plain_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string attribute_value(const Json& value) {
  if (value.is_string() && fits_quotes(value.get_ref<const std::string&>())) {
    return in_quotes(value.get_ref<const std::string&>());
  }
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (value.is_number()) return is_plain_decimal(text) ? text : in_quotes(text);
  if (value.is_boolean()) return in_quotes(text);
  return hex_sequence(as_bytes(text));
}

bool has_attribute(const DateRange& range, std::string_view name) {
  return std::ranges::any_of(range, [&](const TagAttribute& a) { return a.name == name; });
}

/// Names of members may become alike; the later ones get a number.
void put_member(DateRange& range, const std::string& name, std::string value) {
  std::string unique = name;
  for (int i = 2; has_attribute(range, unique); ++i) unique = fmt::format("{}-{}", name, i);
  range.push_back({std::move(unique), std::move(value)});
}

void put_payload(const TimedMetadata& item, DateRange& range) {
  if (item.kind == PayloadKind::kNone || item.kind == PayloadKind::kScte35) return;
  const std::string whole = attribute_name(item.class_name, "PAYLOAD");
  const Json json = item.kind == PayloadKind::kJson
                        ? Json::parse(as_text(item.payload), nullptr, false)
                        : Json(Json::value_t::discarded);
  if (json.is_discarded()) return put_member(range, whole, hex_sequence(item.payload));
  if (!json.is_object()) return put_member(range, whole, attribute_value(json));
  for (const auto& [key, value] : json.items()) {
    put_member(range, attribute_name(item.class_name, key), attribute_value(value));
  }
}

std::string decimal_seconds(MediaDuration duration) {
  const auto milliseconds = to_milliseconds(std::max(duration, MediaDuration(0)));
  return fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

/// Playlists hold milliseconds; rounded once, so that dates and durations agree.
WallTime rounded(WallTime instant) {
  return std::chrono::round<std::chrono::milliseconds>(instant);
}

std::string quoted_date(WallTime instant) { return in_quotes(format_wall_time(instant)); }

DateRange begin_range(std::string_view id, std::string_view class_name, WallTime start) {
  DateRange range{{"ID", in_quotes(id)}};
  if (!class_name.empty()) range.push_back({"CLASS", in_quotes(class_name)});
  range.push_back({"START-DATE", quoted_date(start)});
  return range;
}

}  // namespace

std::string to_line(const DateRange& range) {
  std::string line = "#EXT-X-DATERANGE:";
  for (std::size_t i = 0; i < range.size(); ++i) {
    if (i > 0) line += ",";
    line += range[i].name + "=" + range[i].value;
  }
  return line;
}

DateRangeWriter::DateRangeWriter(DateRangeOptions options) : options_(std::move(options)) {}

DateRange DateRangeWriter::add(const TimedMetadata& item, const Epoch& epoch) {
  const WallTime at = rounded(epoch.to_wall(item.at));
  DateRange range = begin_range(item.id, item.class_name, at);
  if (item.kind == PayloadKind::kScte35) {
    add_splice(item, at, range);
  } else if (!item.class_name.empty() && options_.end_on_next.contains(item.class_name)) {
    range.push_back({"END-ON-NEXT", "YES"});
  } else if (item.duration) {
    range.push_back({"DURATION", decimal_seconds(*item.duration)});
  }
  put_payload(item, range);
  return range;
}

void DateRangeWriter::add_splice(const TimedMetadata& item, WallTime at, DateRange& range) {
  const std::string section = hex_sequence(item.payload);
  const auto splice = read_splice(item.payload);
  const bool is_paired = splice && splice->event_id && !splice->is_cancelled;
  if (!is_paired || splice->direction == SpliceDirection::kNone) {
    if (item.duration) range.push_back({"PLANNED-DURATION", decimal_seconds(*item.duration)});
    range.push_back({"SCTE35-CMD", section});
    return;
  }
  if (splice->direction == SpliceDirection::kOut) {
    const auto planned = splice->duration ? splice->duration : item.duration;
    if (planned) range.push_back({"PLANNED-DURATION", decimal_seconds(*planned)});
    range.push_back({"SCTE35-OUT", section});
    open_break(*splice->event_id, item, at);
    return;
  }
  if (const auto open = open_.find(*splice->event_id); open != open_.end()) {
    const Break& begun = open->second;
    const WallTime end = std::max(at, begun.start);
    range = begin_range(begun.id, begun.class_name, begun.start);
    range.push_back({"END-DATE", quoted_date(end)});
    range.push_back({"DURATION", decimal_seconds(end - begun.start)});
    open_.erase(open);
  }
  range.push_back({"SCTE35-IN", section});
}

void DateRangeWriter::open_break(std::uint32_t event_id, const TimedMetadata& item, WallTime at) {
  open_[event_id] = {item.id, item.class_name, at, ++breaks_};
  if (open_.size() <= kMostOpenBreaks) return;
  open_.erase(
      std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.number; }));
}

}  // namespace subtide
