#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/events/catalogue.h"

namespace subtide {

/// What an event is about, and the job or stream it belongs to.
struct EventSubject {
  std::string name;         ///< "job/<id>", "stream/<id>[/segment/<n>]", "worker/<id>", "node/<id>"
  std::string correlation;  ///< empty for what belongs to no job

  static EventSubject job(std::string_view id);
  static EventSubject stream(std::string_view id);
  static EventSubject worker(std::string_view id);
  /// What concerns a whole engine: breakers, its store, alerts.
  static EventSubject node(std::string_view id);
};

/// A fact or a figure in the past tense: a CloudEvents 1.0 envelope around a typed body.
struct Event {
  std::string id;       ///< unique in its source
  std::string source;   ///< "/node/<id>/<component>/<boot>"
  std::string subject;  ///< see EventSubject
  std::chrono::system_clock::time_point time;
  std::optional<std::uint64_t> sequence;  ///< facts only; counts from 1 in each family
  std::string correlation_id;             ///< the job or stream; may be empty
  std::string causation_id;               ///< the id of the event that led to it; may be empty
  EventBody body;
};

/// The event as one line of JSON in CloudEvents' structured mode, without a line feed. Bytes that
/// are not UTF-8 become U+FFFD. Threads: any.
std::string to_json(const Event& event);

/// Gives events of one source their ids, times and sequence numbers.
///
/// Owner:   the caller. Threads: one at a time.
/// Errors:  none.
class EventSource {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// `node` names the machine, `component` the part of the engine, `boot` this run of it.
  EventSource(std::string_view node, std::string_view component, std::string_view boot,
              Clock clock = std::chrono::system_clock::now);

  Event make(EventSubject subject, EventBody body);
  /// `job` is the job's id: subject and correlation.
  Event make_for_job(std::string_view job, EventBody body);

  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Clock clock_;
  std::uint64_t last_id_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> last_sequence_;
};

}  // namespace subtide
