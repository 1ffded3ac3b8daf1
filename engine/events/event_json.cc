#include "engine/events/event.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/events/event_data.h"

namespace subtide {
namespace {

using Json = EventData;

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(micros);
  const auto text = fmt::gmtime(static_cast<std::time_t>(whole.count()));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", text, (micros - whole).count());
}

}  // namespace

std::string to_json(const Event& event) {
  Json value = {{"specversion", "1.0"},
                {"type", fmt::format("io.subtide.{}.v1", name_of(event.body))},
                {"source", event.source},
                {"id", event.id},
                {"subject", event.subject},
                {"time", utc_text(event.time)},
                {"datacontenttype", "application/json"}};
  if (event.sequence) value["sequence"] = fmt::format("{:020}", *event.sequence);
  if (!event.correlation_id.empty()) value["correlationid"] = event.correlation_id;
  if (!event.causation_id.empty()) value["causationid"] = event.causation_id;
  value["data"] = std::visit([](const auto& body) { return to_data(body); }, event.body);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace subtide
