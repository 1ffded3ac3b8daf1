#include "engine/app/live_markers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "elements/meta/gst_tide_meta.h"
#include "engine/base/log.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

constexpr std::size_t kMostEarly = 1000;

/// Where there are pictures they carry it, else the sound does.
std::vector<ElementPtr> places_in(const LiveSession& session, std::size_t renditions) {
  std::vector<ElementPtr> places;
  if (ElementPtr passed = session.element("meta")) places.push_back(std::move(passed));
  for (std::size_t index = 0; index < renditions; ++index) {
    if (ElementPtr one = session.element(fmt::format("meta_{}", index))) {
      places.push_back(std::move(one));
    }
  }
  if (!places.empty()) return places;
  if (ElementPtr sound = session.element("meta_sound")) places.push_back(std::move(sound));
  return places;
}

}  // namespace

void LiveMarkers::begin(const LiveSession& session, std::size_t renditions,
                        const std::optional<std::filesystem::path>& cue_file) {
  std::vector<TimedMetadata> early;
  {
    const std::lock_guard lock(mutex_);
    session_ = &session;
    places_ = places_in(session, renditions);
    for (const auto& place : places_) {
      if (cue_file) g_object_set(place.get(), "cue-file", cue_file->c_str(), nullptr);
    }
    early.swap(early_);
  }
  for (const auto& item : early) place(item);
}

void LiveMarkers::end() {
  const std::lock_guard lock(mutex_);
  session_ = nullptr;
  places_.clear();
}

Status LiveMarkers::put(const TimedMetadata& item) const {
  for (const auto& place : places_) {
    if (auto placed = inject_metadata(place.get(), item); !placed) return placed;
  }
  return ok();
}

Result<std::string> LiveMarkers::inject(const std::string& json, const char* origin) {
  auto request = parse_metadata_request(json, "marker");
  if (!request) return request.error();
  const std::lock_guard lock(mutex_);
  if (places_.empty()) {
    return make_error(ErrorCode::kUnavailable, "the stream does not run yet; try again soon");
  }
  TimedMetadata& item = request->item;
  item.origin = origin;
  // Pictures wait before they are marked: what is now is settled here.
  item.at = resolve(request->when, session_->position(), session_->epoch().value_or(Epoch{}));
  if (auto placed = put(item); !placed) return placed.error();
  const nlohmann::ordered_json answer = {{"id", item.id}, {"at", to_seconds(item.at)}};
  return answer.dump();
}

void LiveMarkers::place(const TimedMetadata& item) {
  const std::lock_guard lock(mutex_);
  if (places_.empty()) {
    if (early_.size() < kMostEarly) early_.push_back(item);
    return;
  }
  if (auto placed = put(item); !placed) log_info("{}", placed.error().message);
}

bool tells_of_markers(const std::string& element) {
  return element == "meta" || element == "meta_0" || element == "meta_sound";
}

}  // namespace subtide
