#include "engine/events/last_values.h"

#include <algorithm>

#include "engine/events/catalogue.h"

namespace subtide {

void LastValues::add(const LoggedEvent& logged) {
  if (logged.row <= row_) return;
  row_ = logged.row;
  const auto event = parse_envelope(logged.json);
  if (!event) return;
  if (event->sequence) add_head(*event);
  const Topic topic(event->source, event->name, event->subject);
  if (const auto old = by_topic_.find(topic); old != by_topic_.end()) values_.erase(old->second);
  by_topic_[topic] = values_.insert(values_.end(), {topic, logged.json});
  if (values_.size() <= most_values_) return;
  by_topic_.erase(values_.front().topic);
  values_.pop_front();
}

void LastValues::add_head(const ReceivedEvent& event) {
  auto& head = heads_[{event.source, std::string(family_of(event.name))}];
  head = {std::max(head.sequence, *event.sequence), row_};
  if (heads_.size() <= most_heads_) return;
  heads_.erase(
      std::ranges::min_element(heads_, {}, [](const auto& entry) { return entry.second.row; }));
}

std::vector<FamilyHead> LastValues::heads() const {
  std::vector<FamilyHead> all;
  for (const auto& [key, head] : heads_) all.push_back({key.first, key.second, head.sequence});
  return all;
}

EventSnapshot LastValues::snapshot() const {
  EventSnapshot snapshot{row_, heads(), {}};
  for (const auto& value : values_) snapshot.values.push_back(value.json);
  return snapshot;
}

}  // namespace subtide
