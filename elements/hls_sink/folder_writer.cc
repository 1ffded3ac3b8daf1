#include "elements/hls_sink/folder_writer.h"

#include <chrono>
#include <optional>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

/// How often a folder in trouble is looked at.
constexpr std::chrono::milliseconds kTick(50);
constexpr std::chrono::seconds kLastPatience(5);
constexpr std::size_t kMostSizes = 10'000;

}  // namespace

FolderWriter::FolderWriter(PublishedFolder folder, std::string shown, Callbacks callbacks)
    : shown_(std::move(shown)), callbacks_(std::move(callbacks)), folder_(std::move(folder)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FolderWriter::~FolderWriter() {
  thread_.request_stop();
  changed_.notify_all();
}

void FolderWriter::write(const std::string& name, PublishedFolder::Bytes bytes) {
  ask(File{name, std::move(bytes)});
}

void FolderWriter::remove(const std::string& name) { ask(Removal{name}); }

void FolderWriter::write_playlist(PlaylistUpdate playlist) { ask(std::move(playlist)); }

void FolderWriter::tell(SegmentPublished segment) { ask(std::move(segment)); }

void FolderWriter::finish() { ask(End{}); }

void FolderWriter::ask(Task task) {
  const std::lock_guard lock(mutex_);
  if (const auto* file = std::get_if<File>(&task)) waiting_bytes_ += file->bytes->size();
  tasks_.push_back(std::move(task));
  bound_memory();
  changed_.notify_all();
}

/// Initialization segments are small, and nothing plays without them.
void FolderWriter::bound_memory() {
  for (auto task = tasks_.begin();
       task != tasks_.end() && waiting_bytes_ > PublishedFolder::kMostKept; ++task) {
    auto* file = std::get_if<File>(&*task);
    if (file == nullptr || !file->bytes || file->name.ends_with(".mp4")) continue;
    waiting_bytes_ -= file->bytes->size();
    file->bytes = nullptr;
  }
}

void FolderWriter::run(const std::stop_token& stop) {
  stop_ = stop;
  for (;;) {
    std::optional<Task> task;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return !tasks_.empty(); };
      if (folder_.trouble()) {
        changed_.wait_for(lock, stop, kTick, has_work);
      } else {
        changed_.wait(lock, stop, has_work);
      }
      if (!tasks_.empty()) {
        task = std::move(tasks_.front());
        tasks_.pop_front();
        const auto* file = std::get_if<File>(&*task);
        if (file != nullptr && file->bytes) waiting_bytes_ -= file->bytes->size();
      } else if (stop.stop_requested()) {
        return;
      }
    }
    if (task) std::visit([this](const auto& one) { carry_out(one); }, *task);
    look_after_folder();
  }
}

void FolderWriter::carry_out(const File& task) {
  if (!task.bytes) return folder_.give_up(task.name);
  if (sizes_.size() < kMostSizes) sizes_[task.name] = task.bytes->size();
  folder_.write(task.name, task.bytes);
}

void FolderWriter::carry_out(const Removal& task) {
  sizes_.erase(task.name);
  folder_.remove(task.name);
}

void FolderWriter::carry_out(const PlaylistUpdate& task) {
  // What only tells of parts is soon told again with their segment.
  const bool is_passing = task.parts > 0 && !task.has_ended;
  folder_.write_playlist(task.name, task.text,
                         is_passing ? AtomicFile::Flush::kLater : AtomicFile::Flush::kNow);
  if (callbacks_.on_playlist) callbacks_.on_playlist(task);
}

void FolderWriter::carry_out(const SegmentPublished& task) {
  const auto size = sizes_.find(task.name);
  const std::uint64_t bytes = size == sizes_.end() ? 0 : size->second;
  if (size != sizes_.end()) sizes_.erase(size);
  if (callbacks_.on_segment) callbacks_.on_segment(task, bytes);
}

/// The last playlists say that there is an end.
void FolderWriter::carry_out(const End&) {
  const auto until = std::chrono::steady_clock::now() + kLastPatience;
  while (folder_.trouble() && !stop_.stop_requested() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kTick);
    look_after_folder();
  }
  if (callbacks_.on_end) callbacks_.on_end();
}

/// Tells once of each trouble, and of its end.
void FolderWriter::look_after_folder() {
  folder_.try_again();
  const bool is_in_trouble = folder_.trouble().has_value();
  if (is_in_trouble == std::exchange(has_complained_, is_in_trouble)) return;
  if (!is_in_trouble) return log_warning("{}: written again", shown_);
  if (callbacks_.on_error) callbacks_.on_error(*folder_.trouble());
}

}  // namespace subtide
