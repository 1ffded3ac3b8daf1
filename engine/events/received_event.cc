#include "engine/events/received_event.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/events/catalogue.h"
#include "engine/events/envelope_text.h"

namespace subtide {
namespace {

constexpr std::string_view kTypePrefix = "io.subtide.";
constexpr std::string_view kTypeSuffix = ".v1";

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

Result<std::optional<std::uint64_t>> sequence_in(const EnvelopeText& envelope,
                                                 std::string_view name) {
  const auto known = class_of(name);
  if (!envelope.has(Attribute::kSequence)) {
    if (known == EventClass::kFact) return bad(fmt::format("{} has no sequence", name));
    return std::nullopt;
  }
  if (known == EventClass::kTelemetry) return bad(fmt::format("{} has a sequence", name));
  const std::string& text = envelope.text(Attribute::kSequence);
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!has_form(text, "00000000000000000000") || read.ec != std::errc() || value == 0) {
    return bad("sequence is not a number of 20 digits from 1");
  }
  return value;
}

Result<ReceivedEvent> check(const EnvelopeText& envelope, std::string_view json) {
  if (envelope.text(Attribute::kSpecVersion) != "1.0") return bad("specversion is not 1.0");
  if (envelope.text(Attribute::kDataContentType) != "application/json") {
    return bad("datacontenttype is not application/json");
  }
  auto name = name_in(envelope.text(Attribute::kType));
  if (!name) return bad("type is not io.subtide.<name>.v1");
  ReceivedEvent event;
  event.name = std::move(*name);
  event.source = envelope.text(Attribute::kSource);
  if (!is_source(event.source)) return bad("source is not /node/<id>/<component>/<boot>");
  event.subject = envelope.text(Attribute::kSubject);
  if (!is_subject(event.subject)) return bad("subject is not job/<id>, stream/<id> or the like");
  event.id = envelope.text(Attribute::kId);
  if (event.id.empty()) return bad("there is no id");
  event.time = envelope.text(Attribute::kTime);
  if (!has_form(event.time, "0000-00-00T00:00:00.000000Z")) {
    return bad("time is not UTC with microseconds");
  }
  auto sequence = sequence_in(envelope, event.name);
  if (!sequence) return sequence.error();
  event.sequence = *sequence;
  event.correlation_id = envelope.text(Attribute::kCorrelationId);
  if (!envelope.has(Attribute::kData)) return bad("data is not a JSON object");
  event.data = envelope.text(Attribute::kData);
  event.json = json;
  return event;
}

}  // namespace

Result<ReceivedEvent> parse_envelope(std::string_view json) {
  if (json.size() > kLongestEnvelope) {
    return make_error(ErrorCode::kBadInput, "event refused: {} bytes are more than {}", json.size(),
                      kLongestEnvelope);
  }
  const auto envelope = EnvelopeText::read(json);
  if (!envelope) return envelope.error();
  return check(*envelope, json);
}

}  // namespace subtide
