// Reads and writes the lines of a cue file. Times that people write are in marker_time.cc.
#include "engine/metadata/cue_file.h"

#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/scte35.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 200;
constexpr double kLongestSeconds = 1e8;  // three years; further away nothing can be meant
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
constexpr std::array kKinds = {PayloadKind::kBinary, PayloadKind::kId3, PayloadKind::kScte35,
                               PayloadKind::kKlv};

std::optional<PayloadKind> find_kind(std::string_view name) {
  for (const PayloadKind kind : kKinds) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

bool has_control_character(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

class CueReader {
 public:
  explicit CueReader(std::string_view where) : where_(where) {}

  Result<MetadataRequest> read(const Json& object) {
    if (!object.is_object()) {
      return make_error(ErrorCode::kBadInput, "{}: expected one JSON object", where_);
    }
    for (const auto& [key, value] : object.items()) {
      const Status status = read_field(key, value);
      if (!status) return status.error();
    }
    for (const char* key : {"at", "id", "class"}) {
      if (!object.contains(key)) return fail(key, "is missing").error();
    }
    const Status status = take_payload();
    if (!status) return status.error();
    return std::move(request_);
  }

 private:
  Status fail(std::string_view field, std::string_view what) const {
    return make_error(ErrorCode::kBadInput, "{}: \"{}\" {}", where_, field, what);
  }

  Status read_field(const std::string& key, const Json& value) {
    if (key == "at") return read_at(value);
    if (key == "id") return read_id(value);
    if (key == "class") return read_class(value);
    if (key == "duration") return read_duration(value);
    if (key == "payload") {
      json_ = value.dump();
      return ok();
    }
    if (key == "payload_base64") return read_base64(value);
    if (key == "kind") return read_kind(value);
    return fail(key,
                "is not known; expected at, id, class, duration, payload, payload_base64 or "
                "kind");
  }

  Status read_at(const Json& value) {
    if (value.is_number()) {
      const double seconds = value.get<double>();
      if (!(std::abs(seconds) <= kLongestSeconds)) return fail("at", "is too far away");
      request_.when = {MarkerTime::Kind::kMedia, from_seconds(seconds), {}};
      return ok();
    }
    if (!value.is_string()) {
      return fail("at", "must be seconds, \"+2s\", \"now\" or an RFC 3339 instant");
    }
    const auto when = parse_marker_time(value.get_ref<const std::string&>());
    if (!when) return fail("at", when.error().message);
    request_.when = *when;
    return ok();
  }

  Status read_id(const Json& value) {
    if (!value.is_string()) return fail("id", "must be a string");
    request_.item.id = value.get<std::string>();
    const std::string& id = request_.item.id;
    if (id.empty() || id.size() > kLongestName || has_control_character(id)) {
      return fail("id", "must have 1 to 200 bytes and no control characters");
    }
    return ok();
  }

  Status read_class(const Json& value) {
    if (!value.is_string()) return fail("class", "must be a string such as \"com.example.goal\"");
    request_.item.class_name = value.get<std::string>();
    const std::string& name = request_.item.class_name;
    if (name.empty() || name.size() > kLongestName ||
        name.find_first_not_of(kNameCharacters) != std::string::npos) {
      return fail("class",
                  "must have 1 to 200 letters, digits, dots or dashes, such as "
                  "\"com.example.goal\"");
    }
    return ok();
  }

  Status read_duration(const Json& value) {
    const double seconds = value.is_number() ? value.get<double>() : -1.0;
    if (!(seconds >= 0.0 && seconds <= kLongestSeconds)) {
      return fail("duration", "must be seconds, 0 or more");
    }
    request_.item.duration = from_seconds(seconds);
    return ok();
  }

  Status read_base64(const Json& value) {
    if (value.is_string()) binary_ = from_base64(value.get_ref<const std::string&>());
    return binary_ ? ok() : fail("payload_base64", "is not base64");
  }

  Status read_kind(const Json& value) {
    if (value.is_string()) kind_ = find_kind(value.get_ref<const std::string&>());
    return kind_ ? ok() : fail("kind", "must be binary, id3, scte35 or klv");
  }

  Status take_payload() {
    TimedMetadata& item = request_.item;
    if (json_ && binary_) return fail("payload", "and \"payload_base64\" exclude each other");
    if (kind_ && !binary_) return fail("kind", "is only for \"payload_base64\"");
    if (json_) {
      item.kind = PayloadKind::kJson;
      const ByteView bytes = as_bytes(*json_);
      item.payload.assign(bytes.begin(), bytes.end());
    } else if (binary_) {
      item.kind = kind_.value_or(PayloadKind::kBinary);
      item.payload = std::move(*binary_);
    }
    if (item.payload.size() > kLargestPayload) {
      return fail(json_ ? "payload" : "payload_base64", "is longer than 40,000 bytes");
    }
    if (item.kind == PayloadKind::kId3 && !as_text(item.payload).starts_with("ID3")) {
      return fail("payload_base64", "is no ID3 tag");
    }
    if (item.kind == PayloadKind::kScte35) {
      const auto section = read_splice(item.payload);
      if (!section) return fail("payload_base64", section.error().message);
    }
    return ok();
  }

  std::string_view where_;
  MetadataRequest request_;
  std::optional<std::string> json_;
  std::optional<Bytes> binary_;
  std::optional<PayloadKind> kind_;
};

/// A payload of JSON as the object's member; as base64 where it is no JSON after all.
void put_payload(const TimedMetadata& item, Json& object) {
  if (item.kind == PayloadKind::kNone) return;
  if (item.kind == PayloadKind::kJson) {
    Json value = Json::parse(as_text(item.payload), nullptr, false);
    if (!value.is_discarded()) {
      object["payload"] = std::move(value);
      return;
    }
  }
  object["payload_base64"] = to_base64(item.payload);
  const bool is_plain = item.kind == PayloadKind::kBinary || item.kind == PayloadKind::kJson;
  if (!is_plain) object["kind"] = to_string(item.kind);
}

}  // namespace

Result<MetadataRequest> parse_metadata_request(std::string_view json, std::string_view where) {
  try {
    return CueReader(where).read(Json::parse(json));
  } catch (const Json::exception&) {
    return make_error(ErrorCode::kBadInput, "{}: this is not valid JSON", where);
  }
}

Result<std::vector<MetadataRequest>> parse_cue_file(std::string_view text, std::string_view name) {
  std::vector<MetadataRequest> requests;
  std::map<std::string, std::size_t> lines;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto request = parse_metadata_request(line, fmt::format("cue file {}, line {}", name, number));
    if (!request) return request.error();
    const auto [first, is_new] = lines.emplace(request->item.id, number);
    if (!is_new) {
      return make_error(ErrorCode::kBadInput, "cue file {}, line {}: \"id\" is that of line {}",
                        name, number, first->second);
    }
    request->item.origin = "file";
    requests.push_back(std::move(*request));
  }
  return requests;
}

std::string write_cue_line(const TimedMetadata& item) {
  Json object;
  const auto nanoseconds = item.at.count();
  const auto magnitude = nanoseconds < 0 ? -nanoseconds : nanoseconds;
  object["at"] = fmt::format("{}{}.{:09}", nanoseconds < 0 ? "-" : "", magnitude / 1'000'000'000,
                             magnitude % 1'000'000'000);
  object["id"] = item.id;
  object["class"] = item.class_name;
  if (item.duration) object["duration"] = to_seconds(*item.duration);
  put_payload(item, object);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view to_string(PayloadKind kind) {
  switch (kind) {
    case PayloadKind::kNone:
      return "none";
    case PayloadKind::kJson:
      return "json";
    case PayloadKind::kBinary:
      return "binary";
    case PayloadKind::kId3:
      return "id3";
    case PayloadKind::kScte35:
      return "scte35";
    case PayloadKind::kKlv:
      return "klv";
  }
  return "none";
}

}  // namespace subtide
