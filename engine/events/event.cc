#include "engine/events/event.h"

#include <fmt/format.h>

#include <utility>

namespace subtide {

EventSource::EventSource(std::string_view node, std::string_view component, std::string_view boot,
                         Clock clock)
    : name_(fmt::format("/node/{}/{}/{}", node, component, boot)), clock_(std::move(clock)) {}

EventSubject EventSubject::job(std::string_view id) {
  return {fmt::format("job/{}", id), std::string(id)};
}
EventSubject EventSubject::stream(std::string_view id) {
  return {fmt::format("stream/{}", id), std::string(id)};
}
EventSubject EventSubject::worker(std::string_view id) {
  return {fmt::format("worker/{}", id), ""};
}
EventSubject EventSubject::node(std::string_view id) { return {fmt::format("node/{}", id), ""}; }

Event EventSource::make(EventSubject subject, EventBody body) {
  Event event;
  event.id = fmt::format("{}", ++last_id_);
  event.source = name_;
  event.subject = std::move(subject.name);
  event.time = clock_();
  event.correlation_id = std::move(subject.correlation);
  if (class_of(body) == EventClass::kFact) {
    event.sequence = ++last_sequence_[std::string(family_of(name_of(body)))];
  }
  event.body = std::move(body);
  return event;
}

Event EventSource::make_for_job(std::string_view job, EventBody body) {
  return make(EventSubject::job(job), std::move(body));
}

}  // namespace subtide
