#include "engine/events/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/events/event_data.h"

namespace subtide {
namespace {

using Json = EventData;

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(micros);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(micros - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_plain(char letter) {
  return letter >= 0x20 && letter < 0x7f && letter != '"' && letter != '\\';
}

/// `,"name":"text"`
void append(std::string& json, std::string_view name, std::string_view text) {
  json.append(",\"").append(name).append("\":");
  if (std::ranges::all_of(text, is_plain)) {
    json.append("\"").append(text).append("\"");
  } else {
    json.append(dump(text));
  }
}

}  // namespace

// Written by hand, for thousands are written in a second; a test reads all types back.
std::string to_json(const Event& event) {
  std::string json = R"({"specversion":"1.0")";
  json.reserve(512);
  append(json, "type", fmt::format("io.subtide.{}.v1", name_of(event.body)));
  append(json, "source", event.source);
  append(json, "id", event.id);
  append(json, "subject", event.subject);
  append(json, "time", utc_text(event.time));
  append(json, "datacontenttype", "application/json");
  if (event.sequence) append(json, "sequence", fmt::format("{:020}", *event.sequence));
  if (!event.correlation_id.empty()) append(json, "correlationid", event.correlation_id);
  if (!event.causation_id.empty()) append(json, "causationid", event.causation_id);
  json.append(R"(,"data":)");
  json.append(dump(std::visit([](const auto& body) { return to_data(body); }, event.body)));
  json.push_back('}');
  return json;
}

}  // namespace subtide
