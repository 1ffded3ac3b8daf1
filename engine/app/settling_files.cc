#include "engine/app/settling_files.h"

#include <utility>

namespace subtide {

FolderNews SettlingFiles::step(const FolderSight& sight, const IsWritten& is_written,
                               Clock::time_point now) {
  FolderNews news;
  ++steps_;
  next_step_.reset();
  for (const SeenFile& seen : sight.files) look_at(seen, is_written, now, news);
  if (sight.is_complete) forget_unseen(news);
  compare_folders(sight, news);
  std::ranges::sort(news.ready, {}, &ReadyFile::path);
  return news;
}

void SettlingFiles::look_at(const SeenFile& seen, const IsWritten& is_written,
                            Clock::time_point now, FolderNews& news) {
  const auto [entry, is_new] = files_.try_emplace(seen.path);
  File& file = entry->second;
  file.last_seen = steps_;
  if (is_new || file.state != seen.state) {
    file.state = seen.state;
    file.since = now;
    file.is_ready = false;
  }
  if (file.is_ready) return;
  const auto settle = seen.state.size == 0 ? empty_settle_ : settle_;
  auto due = file.since + settle;
  if (now >= due) {
    if (!is_written(seen)) {
      file.is_ready = true;
      news.ready.push_back({seen.path, seen.state, ++file.version});
      return;
    }
    due = now + settle;
  }
  next_step_ = next_step_ ? std::min(*next_step_, due) : due;
}

void SettlingFiles::forget_unseen(FolderNews& news) {
  std::erase_if(files_, [&](const auto& entry) {
    if (entry.second.last_seen == steps_) return false;
    news.vanished.push_back({entry.first, entry.second.version > 0});
    return true;
  });
}

void SettlingFiles::compare_folders(const FolderSight& sight, FolderNews& news) {
  std::set<std::filesystem::path> now(sight.folders.begin(), sight.folders.end());
  if (!sight.is_complete) now.insert(folders_.begin(), folders_.end());
  if (steps_ > 1) {
    std::ranges::set_difference(now, folders_, std::back_inserter(news.new_folders));
  }
  folders_ = std::move(now);
}

}  // namespace subtide
