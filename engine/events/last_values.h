#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/events/event_log.h"
#include "engine/events/received_event.h"

namespace subtide {

/// How far one family of one source has come.
struct FamilyHead {
  std::string source;
  std::string family;
  std::uint64_t sequence = 0;
  bool operator==(const FamilyHead&) const = default;
};

/// Where things stand after a row of the log: what a late subscriber is told.
struct EventSnapshot {
  std::uint64_t row = 0;            ///< everything up to it is in here
  std::vector<FamilyHead> heads;    ///< of every source and family
  std::vector<std::string> values;  ///< envelopes, the last of each topic, oldest first
};

/// The last value of each source, name and subject, read off the log row by row.
///
/// Bounded: of more than `most_values` values the oldest go, and of more than `most_heads` families
/// those that were silent longest.
///
/// Owner:   the caller. Threads: one at a time.
/// Errors:  none; a row that is no event is passed over.
class LastValues {
 public:
  explicit LastValues(std::size_t most_values, std::size_t most_heads = 10'000)
      : most_values_(most_values), most_heads_(most_heads) {}

  /// Rows come in order; one that was seen is ignored.
  void add(const LoggedEvent& logged);
  std::uint64_t row() const { return row_; }
  std::vector<FamilyHead> heads() const;
  EventSnapshot snapshot() const;

 private:
  using Topic = std::tuple<std::string, std::string, std::string>;  ///< source, name, subject
  struct Head {
    std::uint64_t sequence = 0;
    std::uint64_t row = 0;  ///< where it last spoke
  };
  struct Value {
    Topic topic;
    std::string json;
  };
  void add_head(const ReceivedEvent& event);

  std::size_t most_values_;
  std::size_t most_heads_;
  std::uint64_t row_ = 0;
  std::map<std::pair<std::string, std::string>, Head> heads_;
  std::list<Value> values_;  ///< oldest first
  std::map<Topic, std::list<Value>::iterator> by_topic_;
};

}  // namespace subtide
