#include "engine/metadata/metadata_placer.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr MediaDuration kRounding = std::chrono::milliseconds(1);

}  // namespace

bool PlacedMetadata::is_late() const { return asked + kRounding < item.at; }

MetadataPlacer::MetadataPlacer(std::size_t capacity) : capacity_(capacity) {}

Status MetadataPlacer::add(MetadataRequest request) {
  if (known_.contains(request.item.id)) return ok();
  if (waiting() >= capacity_) {
    return make_error(ErrorCode::kUnavailable,
                      "timed metadata: {} items wait already, {} is refused; inject it later or "
                      "raise max-waiting",
                      waiting(), request.item.id);
  }
  known_.insert(request.item.id);
  if (request.when.kind == MarkerTime::Kind::kFromNow && reached_) {
    // "+2s" counts from when it was asked, which is where the stream stands now.
    request.when = {MarkerTime::Kind::kMedia, *reached_ + request.when.offset, {}};
  }
  if (request.when.kind == MarkerTime::Kind::kMedia) {
    waiting_.emplace(request.when.offset, std::move(request.item));
  } else {
    asked_.push_back(std::move(request));
  }
  return ok();
}

void MetadataPlacer::set_epoch(const Epoch& epoch) { epoch_ = epoch; }

bool MetadataPlacer::has_due(TimeSpan shown) const {
  return !asked_.empty() || (!waiting_.empty() && waiting_.begin()->first < shown.end);
}

/// Gives a media time to all that have none.
void MetadataPlacer::settle(MediaTime now, std::vector<TimedMetadata>& unresolved) {
  for (MetadataRequest& request : std::exchange(asked_, {})) {
    if (request.when.kind == MarkerTime::Kind::kWall && !epoch_) {
      known_.erase(request.item.id);
      unresolved.push_back(std::move(request.item));
      continue;
    }
    const MediaTime at = resolve(request.when, now, epoch_.value_or(Epoch{}));
    waiting_.emplace(at, std::move(request.item));
  }
}

std::vector<PlacedMetadata> MetadataPlacer::take(TimeSpan shown, MediaTime decoded,
                                                 std::vector<TimedMetadata>& unresolved) {
  settle(shown.begin, unresolved);
  std::vector<PlacedMetadata> placed;
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first < shown.end;) {
    const MediaTime asked = next->first;
    if (asked + kRounding < shown.begin && asked >= decoded) {  // its own unit is still to come
      ++next;
      continue;
    }
    next->second.at = std::max(asked, shown.begin);
    remember(next->second.id);
    placed.push_back({std::move(next->second), asked});
    next = waiting_.erase(next);
  }
  reached_ = std::max(reached_.value_or(shown.end), shown.end);
  return placed;
}

std::vector<TimedMetadata> MetadataPlacer::take_all() {
  std::vector<TimedMetadata> items;
  for (MetadataRequest& request : std::exchange(asked_, {})) {
    items.push_back(std::move(request.item));
  }
  for (auto& [at, item] : std::exchange(waiting_, {})) items.push_back(std::move(item));
  for (const TimedMetadata& item : items) known_.erase(item.id);
  return items;
}

void MetadataPlacer::clear() {
  asked_.clear();
  waiting_.clear();
  known_.clear();
  placed_.clear();
  epoch_.reset();
  reached_.reset();
}

void MetadataPlacer::remember(const std::string& id) {
  placed_.push_back(id);
  while (placed_.size() > capacity_) {
    known_.erase(placed_.front());
    placed_.pop_front();
  }
}

}  // namespace subtide
