#include "engine/events/event_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

std::string topic_of(std::string_view name, std::string_view subject) {
  return fmt::format("{}/{}", name, subject);
}

Result<ReceivedEvent> read(const BusSocket::Message& message) {
  if (message.size() != 2) {
    return make_error(ErrorCode::kBadInput,
                      "event refused: {} frames instead of topic and envelope", message.size());
  }
  auto event = parse_envelope(message[1]);
  if (event && message[0] != topic_of(event->name, event->subject)) {
    return make_error(ErrorCode::kBadInput, "event refused: its topic is not {}/{}", event->name,
                      event->subject);
  }
  return event;
}

}  // namespace

Result<BusEndpoints> bus_endpoints(const std::filesystem::path& folder) {
  const auto publish = ipc_endpoint(folder, "publish");
  if (!publish) return publish.error();
  const auto subscribe = ipc_endpoint(folder, "subscribe");
  if (!subscribe) return subscribe.error();
  const auto state = ipc_endpoint(folder, "state");
  if (!state) return state.error();
  return BusEndpoints{*publish, *subscribe, *state};
}

Result<EventPublisher> EventPublisher::connect(const std::string& endpoint,
                                               const std::optional<CurveClient>& keys,
                                               const BusLimits& limits) {
  auto socket = BusSocket::connect(BusSocket::Kind::kPublish, endpoint, keys, limits);
  if (!socket) return socket.error();
  return EventPublisher(std::move(*socket));
}

Status EventPublisher::publish(const Event& event) {
  return publish(name_of(event.body), event.subject, to_json(event));
}

Status EventPublisher::publish(std::string_view name, std::string_view subject,
                               std::string envelope) {
  if (envelope.size() > kLongestEnvelope) {
    return make_error(ErrorCode::kInvalidArgument,
                      "{} of {} not sent: {} bytes are more than {}; refer to a file instead", name,
                      subject, envelope.size(), kLongestEnvelope);
  }
  return socket_.send({topic_of(name, subject), std::move(envelope)});
}

Result<EventFeed> EventFeed::connect(const std::string& endpoint, const EventFilter& filter,
                                     const std::optional<CurveClient>& keys,
                                     const BusLimits& limits) {
  auto socket = BusSocket::connect(BusSocket::Kind::kSubscribe, endpoint, keys, limits);
  if (!socket) return socket.error();
  for (const auto& prefix : filter.prefixes()) {
    if (const auto done = socket->subscribe(prefix); !done) return done.error();
  }
  return EventFeed(std::move(*socket));
}

Result<std::optional<ReceivedEvent>> EventFeed::next(std::chrono::milliseconds timeout) {
  const auto message = socket_.receive(timeout);
  if (!message) return message.error();
  if (!*message) return std::nullopt;
  auto event = read(**message);
  if (!event) return event.error();
  return std::move(*event);
}

EventSubscriber::EventSubscriber(EventFeed feed, EventFilter filter)
    : feed_(std::move(feed)),
      filter_(std::move(filter)),
      watch_(SequenceWatch::FirstSeen::kAnyIsNext) {}

Result<EventSubscriber> EventSubscriber::connect(const std::string& endpoint, EventFilter filter,
                                                 const std::optional<CurveClient>& keys,
                                                 const BusLimits& limits) {
  auto feed = EventFeed::connect(endpoint, filter, keys, limits);
  if (!feed) return feed.error();
  return EventSubscriber(std::move(*feed), std::move(filter));
}

Result<std::optional<Heard>> EventSubscriber::receive(std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  bool is_over = false;
  while (waiting_.empty() && !is_over) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    is_over = left.count() <= 0;
    auto event = feed_.next(std::max(left, std::chrono::milliseconds(0)));
    if (!event) return event.error();
    if (*event) take(std::move(**event));
  }
  if (waiting_.empty()) return std::nullopt;
  Heard heard = std::move(waiting_.front());
  waiting_.pop_front();
  return heard;
}

void EventSubscriber::take(ReceivedEvent event) {
  if (event.sequence) {
    const std::string_view family = family_of(event.name);
    const auto verdict = watch_.judge(event.source, family, *event.sequence);
    if (verdict == SequenceWatch::Verdict::kRepeated) return;
    if (verdict == SequenceWatch::Verdict::kGap) {
      waiting_.emplace_back(BusGap{event.source, std::string(family),
                                   watch_.last(event.source, family) + 1, *event.sequence,
                                   BusGap::Action::kNone});
    }
    watch_.advance(event.source, family, *event.sequence);
  }
  if (filter_.matches(event.name)) waiting_.emplace_back(HeardEvent{std::move(event)});
}

}  // namespace subtide
