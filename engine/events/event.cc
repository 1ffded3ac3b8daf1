#include "engine/events/event.h"

#include <fmt/format.h>

#include <utility>

namespace subtide {

EventSource::EventSource(std::string_view node, std::string_view component, std::string_view boot,
                         Clock clock)
    : name_(fmt::format("/node/{}/{}/{}", node, component, boot)), clock_(std::move(clock)) {}

Event EventSource::make_for_job(std::string_view job, EventBody body) {
  Event event;
  event.id = fmt::format("{}", ++last_id_);
  event.source = name_;
  event.subject = fmt::format("job/{}", job);
  event.time = clock_();
  event.correlation_id = job;
  if (class_of(body) == EventClass::kFact) {
    event.sequence = ++last_sequence_[std::string(family_of(name_of(body)))];
  }
  event.body = std::move(body);
  return event;
}

}  // namespace subtide
