#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/bus_socket.h"
#include "engine/events/event.h"
#include "engine/events/event_filter.h"
#include "engine/events/received_event.h"
#include "engine/events/sequence_watch.h"

namespace subtide {

/// The notify plane: many publishers, one proxy, many subscribers. It announces and may lose; what
/// must not be lost is in the log, and event_replay.h gets it from there.
///
/// Frames of a message: topic ("cue.emitted/job/7"), envelope.

/// Where a bus is found.
struct BusEndpoints {
  std::string publish;    ///< publishers connect here
  std::string subscribe;  ///< subscribers connect here
  std::string state;      ///< snapshot and replay are asked for here
};
/// The bus of a run: three sockets in its folder.
Result<BusEndpoints> bus_endpoints(const std::filesystem::path& folder);

/// Hands every event of every publisher to every subscriber that asked for it. A slow subscriber
/// loses events of its own and holds up nobody.
///
/// Owner:   the caller; movable. Going away it closes the bus at once.
/// Threads: its own.
/// Errors:  listen() as check_listen_endpoint().
class EventProxy {
 public:
  /// `limits.high_water_mark` is what is kept for each slow subscriber.
  static Result<EventProxy> listen(const BusEndpoints& endpoints,
                                   const std::optional<CurveListener>& keys,
                                   const BusLimits& limits = {});
  EventProxy(EventProxy&&) noexcept;
  EventProxy& operator=(EventProxy&&) noexcept;
  ~EventProxy();

  /// As they can be reached; `state` as it was given.
  const BusEndpoints& endpoints() const;

 private:
  struct State;
  explicit EventProxy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Announces events. What it sends before a subscriber is connected is lost, and so is what a
/// proxy that is gone would have handed on.
///
/// Threads: one at a time.
/// Errors:  publish() gives kUnavailable when there was no room for `limits.longest_send`, and
///          kInvalidArgument for an envelope over kLongestEnvelope. The event is then not sent.
class EventPublisher {
 public:
  static constexpr BusLimits kLimits{1000, std::chrono::milliseconds(5),
                                     std::chrono::milliseconds(200)};

  static Result<EventPublisher> connect(const std::string& endpoint,
                                        const std::optional<CurveClient>& keys,
                                        const BusLimits& limits = kLimits);

  Status publish(const Event& event);
  /// One that was written before, such as a row of the log.
  Status publish(std::string_view name, std::string_view subject, std::string_view envelope);

 private:
  explicit EventPublisher(BusSocket socket) : socket_(std::move(socket)) {}
  BusSocket socket_;
};

/// Events as they come off the wire: whole families, unnumbered checks left to the caller.
///
/// Threads: one at a time.
/// Errors:  next() gives kBadInput for a message that is no event; the one after it is read as
///          usual.
class EventFeed {
 public:
  static Result<EventFeed> connect(const std::string& endpoint, const EventFilter& filter,
                                   const std::optional<CurveClient>& keys,
                                   const BusLimits& limits = {});

  /// The next event; nothing when none came in time.
  Result<std::optional<ReceivedEvent>> next(std::chrono::milliseconds timeout);

 private:
  explicit EventFeed(BusSocket socket) : socket_(std::move(socket)) {}
  BusSocket socket_;
};

/// An event, and how it came.
struct HeardEvent {
  enum class Origin { kLive, kReplay, kSnapshot };
  ReceivedEvent event;
  Origin origin = Origin::kLive;
};
/// What a subscriber gets: an event, or word that facts are missing before the next one.
using Heard = std::variant<HeardEvent, BusGap>;

/// Listens to the bus alone: it says where facts are missing, but cannot get them back.
///
/// A fact that came twice is told once. Threads and errors as EventFeed.
class EventSubscriber {
 public:
  static Result<EventSubscriber> connect(const std::string& endpoint, EventFilter filter,
                                         const std::optional<CurveClient>& keys,
                                         const BusLimits& limits = {});

  /// What comes next; nothing when it did not come in time.
  Result<std::optional<Heard>> receive(std::chrono::milliseconds timeout);

 private:
  EventSubscriber(EventFeed feed, EventFilter filter);
  void take(ReceivedEvent event);

  EventFeed feed_;
  EventFilter filter_;
  SequenceWatch watch_;
  std::deque<Heard> waiting_;
};

}  // namespace subtide
