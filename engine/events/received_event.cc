#include "engine/events/received_event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/events/catalogue.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTypePrefix = "io.subtide.";
constexpr std::string_view kTypeSuffix = ".v1";
constexpr std::array<std::string_view, 11> kAttributes = {
    "specversion",     "type",          "source",      "id",  "subject", "time", "sequence",
    "datacontenttype", "correlationid", "causationid", "data"};

/// Every '0' of `form` stands for a digit; all else for itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char actual, char wanted) {
    return wanted == '0' ? actual >= '0' && actual <= '9' : actual == wanted;
  });
}

/// Two or more parts of a-z and '_', with dots between.
bool is_event_name(std::string_view name) {
  bool is_part_empty = true;
  std::size_t dots = 0;
  for (const char letter : name) {
    if (letter == '.') {
      if (is_part_empty) return false;
      ++dots;
      is_part_empty = true;
    } else if ((letter >= 'a' && letter <= 'z') || letter == '_') {
      is_part_empty = false;
    } else {
      return false;
    }
  }
  return dots >= 1 && !is_part_empty;
}

/// "/node/<id>/<component>/<boot>"
bool is_source(std::string_view source) {
  constexpr std::string_view kPrefix = "/node/";
  if (!source.starts_with(kPrefix)) return false;
  source.remove_prefix(kPrefix.size());
  return std::ranges::count(source, '/') == 2 && source.find("//") == source.npos &&
         source.front() != '/' && source.back() != '/';
}

bool is_subject(std::string_view subject) {
  const auto is_about = [&](std::string_view kind) {
    return subject.starts_with(kind) && subject.size() > kind.size();
  };
  return is_about("job/") || is_about("stream/") || is_about("worker/") || is_about("node/");
}

std::string text_at(const Json& envelope, const char* attribute) {
  const auto found = envelope.find(attribute);
  const bool is_text = found != envelope.end() && found->is_string();
  return is_text ? found->get<std::string>() : std::string();
}

std::optional<std::string> name_in(std::string_view type) {
  if (!type.starts_with(kTypePrefix) || !type.ends_with(kTypeSuffix)) return std::nullopt;
  if (type.size() <= kTypePrefix.size() + kTypeSuffix.size()) return std::nullopt;
  type.remove_prefix(kTypePrefix.size());
  type.remove_suffix(kTypeSuffix.size());
  if (!is_event_name(type)) return std::nullopt;
  return std::string(type);
}

Error bad(std::string_view what) {
  return make_error(ErrorCode::kBadInput, "event refused: {}; see envelope.json", what);
}

/// The text attributes that may be missing but never wrong.
Status check_optional(const Json& envelope) {
  for (const auto& [key, value] : envelope.items()) {
    if (std::ranges::find(kAttributes, key) == kAttributes.end()) {
      return make_error(ErrorCode::kBadInput,
                        "event refused: attribute '{:.40}' is not of the envelope", key);
    }
    if (key != "data" && (!value.is_string() || value.get_ref<const std::string&>().empty())) {
      return bad(fmt::format("{} is no text", key));
    }
  }
  return ok();
}

Result<std::optional<std::uint64_t>> sequence_in(const Json& envelope, std::string_view name) {
  const auto known = class_of(name);
  if (!envelope.contains("sequence")) {
    if (known == EventClass::kFact) return bad(fmt::format("{} has no sequence", name));
    return std::nullopt;
  }
  if (known == EventClass::kTelemetry) return bad(fmt::format("{} has a sequence", name));
  const std::string text = text_at(envelope, "sequence");
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!has_form(text, "00000000000000000000") || read.ec != std::errc() || value == 0) {
    return bad("sequence is not a number of 20 digits from 1");
  }
  return value;
}

Result<ReceivedEvent> read(const Json& envelope, std::string_view json) {
  if (!envelope.is_object()) return bad("it is not a JSON object");
  if (const auto fine = check_optional(envelope); !fine) return fine.error();
  if (text_at(envelope, "specversion") != "1.0") return bad("specversion is not 1.0");
  if (text_at(envelope, "datacontenttype") != "application/json") {
    return bad("datacontenttype is not application/json");
  }
  auto name = name_in(text_at(envelope, "type"));
  if (!name) return bad("type is not io.subtide.<name>.v1");
  ReceivedEvent event;
  event.name = std::move(*name);
  event.source = text_at(envelope, "source");
  if (!is_source(event.source)) return bad("source is not /node/<id>/<component>/<boot>");
  event.subject = text_at(envelope, "subject");
  if (!is_subject(event.subject)) return bad("subject is not job/<id>, stream/<id> or the like");
  event.id = text_at(envelope, "id");
  if (event.id.empty()) return bad("there is no id");
  event.time = text_at(envelope, "time");
  if (!has_form(event.time, "0000-00-00T00:00:00.000000Z")) {
    return bad("time is not UTC with microseconds");
  }
  auto sequence = sequence_in(envelope, event.name);
  if (!sequence) return sequence.error();
  event.sequence = *sequence;
  event.correlation_id = text_at(envelope, "correlationid");
  const auto data = envelope.find("data");
  if (data == envelope.end() || !data->is_object()) return bad("data is not a JSON object");
  event.data = data->dump();
  event.json = json;
  return event;
}

}  // namespace

Result<ReceivedEvent> parse_envelope(std::string_view json) {
  if (json.size() > kLongestEnvelope) {
    return make_error(ErrorCode::kBadInput, "event refused: {} bytes are more than {}", json.size(),
                      kLongestEnvelope);
  }
  try {
    const Json envelope = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (envelope.is_discarded()) return bad("it is not JSON");
    return read(envelope, json);
  } catch (const Json::exception& exception) {
    return bad(exception.what());
  }
}

}  // namespace subtide
