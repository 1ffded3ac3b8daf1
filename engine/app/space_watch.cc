#include "engine/app/space_watch.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <utility>

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPause(5);

std::string room(const StoreSpace& space) {
  return fmt::format("{} has {:.1f} MiB left", space.path,
                     static_cast<double>(space.free_bytes) / (1U << 20U));
}

}  // namespace

std::optional<EventBody> SpaceLevels::look(const fs::path& folder, std::uint64_t free_bytes) {
  const Level now = free_bytes < kFull  ? Level::kFull
                    : free_bytes < kLow ? Level::kLow
                                        : Level::kEnough;
  const Level before = std::exchange(levels_[folder], now);
  if (now == before) return std::nullopt;
  if (now == Level::kFull) return StoreFull{{folder.string(), free_bytes, kFull}};
  if (before == Level::kFull) return StoreRecovered{{folder.string(), free_bytes, kFull}};
  if (now == Level::kLow) return StoreLowSpace{{folder.string(), free_bytes, kLow}};
  return StoreRecovered{{folder.string(), free_bytes, kLow}};
}

std::optional<std::uint64_t> free_bytes(const fs::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

SpaceWatch::SpaceWatch(std::vector<fs::path> folders, Tell tell)
    : folders_(std::move(folders)),
      tell_(std::move(tell)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void SpaceWatch::watch(const std::stop_token& stop) {
  SpaceLevels levels;
  while (!stop.stop_requested()) {
    for (const fs::path& folder : folders_) {
      const auto free = free_bytes(folder);
      if (!free) continue;
      if (auto news = levels.look(folder, *free)) tell_(std::move(*news));
    }
    std::unique_lock lock(mutex_);
    never_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

std::string line_of(const EventBody& body) {
  if (const auto* low = std::get_if<StoreLowSpace>(&body)) {
    return fmt::format("{}; when it is full, nothing more is kept", room(low->space));
  }
  if (const auto* full = std::get_if<StoreFull>(&body)) {
    return fmt::format("{}: make room, or nothing more is kept", room(full->space));
  }
  if (const auto* recovered = std::get_if<StoreRecovered>(&body)) {
    return fmt::format("{}: that is enough", room(recovered->space));
  }
  return {};
}

}  // namespace subtide
