#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/events/catalogue.h"

namespace subtide {

/// Says when the room of a folder's disk becomes little, none, or enough again.
///
/// Threads: one at a time. Errors: none.
class SpaceLevels {
 public:
  static constexpr std::uint64_t kLow = 256U << 20U;
  static constexpr std::uint64_t kFull = 1U << 20U;

  /// An event when this folder's level is another than before; it begins with enough.
  std::optional<EventBody> look(const std::filesystem::path& folder, std::uint64_t free_bytes);

 private:
  enum class Level { kEnough, kLow, kFull };
  std::map<std::filesystem::path, Level> levels_;
};

/// Room for this user's files where `folder` lies; nothing when it cannot be told.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);

/// Looks after the disks that a run writes to, at once and every five seconds.
///
/// Owner:   the run. Threads: one of its own, on which `tell` is called.
/// Errors:  none; folders that are not there are left out until they are.
class SpaceWatch {
 public:
  using Tell = std::function<void(EventBody)>;
  SpaceWatch(std::vector<std::filesystem::path> folders, Tell tell);

 private:
  void watch(const std::stop_token& stop);

  const std::vector<std::filesystem::path> folders_;
  const Tell tell_;
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::jthread thread_;
};

/// The event as a line for people.
std::string line_of(const EventBody& body);

}  // namespace subtide
