#include "engine/events/event_bus.h"

#include <algorithm>
#include <array>
#include <utility>

namespace subtide {
namespace {

std::string topic_of(std::string_view name, std::string_view subject) {
  std::string topic;
  topic.reserve(name.size() + 1 + subject.size());
  return topic.append(name).append("/").append(subject);
}

bool is_topic_of(std::string_view topic, const ReceivedEvent& event) {
  return topic.size() == event.name.size() + 1 + event.subject.size() &&
         topic.starts_with(event.name) && topic[event.name.size()] == '/' &&
         topic.ends_with(event.subject);
}

Result<ReceivedEvent> read(const BusSocket::Message& message) {
  if (message.size() != 2) {
    return make_error(ErrorCode::kBadInput,
                      "event refused: {} frames instead of topic and envelope", message.size());
  }
  auto event = parse_envelope(message[1]);
  if (event && !is_topic_of(message[0], *event)) {
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
                               std::string_view envelope) {
  if (envelope.size() > kLongestEnvelope) {
    return make_error(ErrorCode::kInvalidArgument,
                      "{} of {} not sent: {} bytes are more than {}; refer to a file instead", name,
                      subject, envelope.size(), kLongestEnvelope);
  }
  const std::string topic = topic_of(name, subject);
  return socket_.send(std::array<std::string_view, 2>{topic, envelope});
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
