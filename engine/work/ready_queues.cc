#include "engine/work/ready_queues.h"

#include <cassert>

namespace subtide::work {

QueueNumber ReadyQueues::number_of(std::string_view stage, std::string_view model,
                                   Company company) {
  const auto [found, is_new] =
      numbers_.try_emplace({std::string(stage), std::string(model), company}, queues_.size());
  if (is_new) queues_.push_back(Queue{company, {}, {}});
  return found->second;
}

ReadyQueues::Rank ReadyQueues::rank_of(const LaneKey& key, const Lane& lane) {
  return {key.second, lane.tasks.begin()->first, lane.served, key.first};
}

void ReadyQueues::add(const ReadyPlace& place) {
  Queue& queue = queues_[place.queue];
  const LaneKey key{place.job, place.urgency};
  const auto [found, is_new] = queue.lanes.try_emplace(key);
  Lane& lane = found->second;
  if (is_new) {
    lane.served = queue.served[static_cast<std::size_t>(place.urgency)] + 1;
  } else {
    queue.order.erase(rank_of(key, lane));
  }
  lane.tasks.emplace(place.deadline, place.task);
  queue.order.insert(rank_of(key, lane));
  ++queue.size;
}

void ReadyQueues::remove(const ReadyPlace& place) {
  Queue& queue = queues_[place.queue];
  const LaneKey key{place.job, place.urgency};
  const auto found = queue.lanes.find(key);
  assert(found != queue.lanes.end());
  queue.order.erase(rank_of(key, found->second));
  found->second.tasks.erase({place.deadline, place.task});
  --queue.size;
  if (found->second.tasks.empty()) {
    queue.lanes.erase(found);
  } else {
    queue.order.insert(rank_of(key, found->second));
  }
}

void ReadyQueues::take(const ReadyPlace& place) {
  Queue& queue = queues_[place.queue];
  const LaneKey key{place.job, place.urgency};
  Lane& lane = queue.lanes.at(key);
  queue.order.erase(rank_of(key, lane));
  queue.served[static_cast<std::size_t>(place.urgency)] = lane.served++;
  queue.order.insert(rank_of(key, lane));
  queue.turn = ++turns_;
  remove(place);
}

std::optional<ReadyPlace> ReadyQueues::next_of(std::span<const QueueNumber> queues) const {
  std::optional<ReadyPlace> best;
  std::tuple<Urgency, WorkTime, std::uint64_t> best_rank;
  for (const QueueNumber number : queues) {
    const Queue& queue = queues_[number];
    if (queue.order.empty()) continue;
    const auto& [urgency, deadline, served, job] = *queue.order.begin();
    const std::tuple rank{urgency, deadline, queue.turn};
    if (best && best_rank <= rank) continue;
    best_rank = rank;
    const auto& tasks = queue.lanes.at({job, urgency}).tasks;
    best = ReadyPlace{number, job, urgency, deadline, tasks.begin()->second};
  }
  return best;
}

std::vector<TaskId> ReadyQueues::tasks_of(QueueNumber queue) const {
  std::vector<TaskId> tasks;
  for (const auto& [key, lane] : queues_[queue].lanes) {
    for (const auto& [deadline, task] : lane.tasks) tasks.push_back(task);
  }
  return tasks;
}

}  // namespace subtide::work
