#include "engine/app/folder_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "engine/app/input_list.h"
#include "engine/app/open_writers.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A folder that tells its changes is looked at all the same, for what may have been missed.
constexpr milliseconds kLookRarely{30'000};
// Changes come in crowds. Looks never take more than a fifth of the time.
constexpr milliseconds kGather{100};
constexpr int kLookShare = 5;
constexpr std::uint32_t kChanges =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

constexpr std::array<std::string_view, 8> kTemporary = {".part", ".partial",    ".filepart", ".tmp",
                                                        ".temp", ".crdownload", ".download", "~"};

/// An opened file, closed at the end of the scope.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

FileState state_of(const struct stat& file) {
  return {
      static_cast<std::uint64_t>(file.st_size),
      std::chrono::seconds(file.st_mtim.tv_sec) + std::chrono::nanoseconds(file.st_mtim.tv_nsec)};
}

/// Opening makes network folders give the newest size and time, not remembered ones.
bool is_written(const SeenFile& seen, OpenWriters& writers) {
  const OpenFile file(seen.path);
  if (file.descriptor() < 0) return errno == ENOENT;  // else the job says why it cannot be read
  struct stat now {};
  if (::fstat(file.descriptor(), &now) != 0 || state_of(now) != seen.state) return true;
  return writers.has_one(file.descriptor());
}

void drain(int descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor, &count, sizeof count);
}

}  // namespace

bool is_temporary_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char letter) {
    return static_cast<char>(letter < 0x80 ? std::tolower(letter) : letter);
  });
  const std::string stem = fs::path(lower).stem().string();
  return lower.starts_with('~') || std::ranges::any_of(kTemporary, [&](std::string_view ending) {
           return lower.ends_with(ending) || stem.ends_with(ending);
         });
}

Result<std::unique_ptr<FolderWatch>> FolderWatch::create(FolderWatchOptions options) {
  std::error_code failure;
  const auto status = fs::status(options.folder, failure);
  if (!fs::exists(status)) {
    return make_error(ErrorCode::kNotFound, "{}: no such folder to watch", options.folder.string());
  }
  if (!fs::is_directory(status)) {
    return make_error(ErrorCode::kInvalidArgument, "{} is not a folder; --watch needs one",
                      options.folder.string());
  }
  const int bell = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (bell < 0) {
    return make_error(ErrorCode::kIo, "cannot watch {}: {}", options.folder.string(),
                      std::strerror(errno));
  }
  const int changes = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(options), changes, bell));
}

FolderWatch::FolderWatch(FolderWatchOptions options, int changes, int bell)
    : options_(std::move(options)),
      changes_(changes),
      bell_(bell),
      files_(options_.settle, options_.empty_settle) {}

FolderWatch::~FolderWatch() {
  if (changes_ >= 0) ::close(changes_);
  ::close(bell_);
}

FolderNews FolderWatch::wait(const std::stop_token& stop) {
  const std::stop_callback stopped(stop, [this] { ring(); });
  while (!stop.stop_requested()) {
    FolderNews news = look();
    if (!news.empty()) return news;
    if (!is_look_needed_) pause();
  }
  drain(bell_);
  return {};
}

FolderNews FolderWatch::look() {
  const auto begin = Clock::now();
  std::optional<Error> problem;
  const FolderSight sight = scan(problem);
  watch_changes(sight);
  OpenWriters writers;
  FolderNews news = files_.step(
      sight, [&writers](const SeenFile& seen) { return is_written(seen, writers); }, begin);
  const bool was_unreadable = std::exchange(is_unreadable_, problem.has_value());
  if (!was_unreadable) news.problem = std::move(problem);
  last_look_ = Clock::now() - begin;
  return news;
}

FolderSight FolderWatch::scan(std::optional<Error>& problem) {
  FolderSight sight;
  std::vector<fs::path> waiting = {options_.folder};
  while (!waiting.empty()) {
    const fs::path folder = std::move(waiting.back());
    waiting.pop_back();
    scan_folder(folder, sight, waiting, problem);
  }
  return sight;
}

void FolderWatch::scan_folder(const fs::path& folder, FolderSight& sight,
                              std::vector<fs::path>& below, std::optional<Error>& problem) {
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const fs::path& path = entry->path();
    if (!is_wanted(path)) continue;
    std::error_code unknown;
    if (entry->symlink_status(unknown).type() == fs::file_type::directory) {
      below.push_back(path);
      continue;
    }
    struct stat file {};
    if (!has_media_extension(path) || ::stat(path.c_str(), &file) != 0) continue;
    if (S_ISREG(file.st_mode)) sight.files.push_back({path, state_of(file)});
  }
  const bool is_root = folder == options_.folder;
  if (failure == std::errc::no_such_file_or_directory && !is_root) return;
  sight.folders.push_back(folder);
  if (!failure || (failure == std::errc::permission_denied && !is_root)) return;
  sight.is_complete = false;
  problem = make_error(ErrorCode::kIo, "{}: cannot be read now: {}; trying again", folder.string(),
                       failure.message());
}

bool FolderWatch::is_wanted(const fs::path& path) const {
  const std::string name = path.filename().string();
  return !name.starts_with('.') && !is_temporary_name(name) &&
         !(options_.is_left_out && options_.is_left_out(path));
}

void FolderWatch::watch_changes(const FolderSight& sight) {
  is_told_all_ = changes_ >= 0 && !is_partly_remote_;
  is_look_needed_ = false;
  if (changes_ < 0) return;
  for (const fs::path& folder : sight.folders) {
    const int watch = ::inotify_add_watch(changes_, folder.c_str(), kChanges);
    if (watch < 0) {
      is_told_all_ = false;  // too many watches, or the folder is gone
    } else if (watches_.insert(watch).second) {
      is_look_needed_ = true;
      is_partly_remote_ = is_partly_remote_ || !is_on_local_disk(folder);
    }
  }
}

void FolderWatch::pause() {
  const auto now = Clock::now();
  auto until = now + (is_told_all_ ? kLookRarely : options_.look_every);
  if (const auto next = files_.next_step()) until = std::min(until, *next);
  std::array<pollfd, 2> waits = {pollfd{bell_, POLLIN, 0}, pollfd{changes_, POLLIN, 0}};
  const auto left = std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds(1));
  ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
  if ((waits[1].revents & POLLIN) == 0) return;
  const auto gather = std::max<Clock::duration>(kGather, last_look_ * kLookShare);
  ::poll(waits.data(), 1, static_cast<int>(std::chrono::ceil<milliseconds>(gather).count()));
  read_changes();
}

void FolderWatch::read_changes() {
  alignas(inotify_event) std::array<char, 16384> bytes{};
  while (true) {
    const ssize_t got = ::read(changes_, bytes.data(), bytes.size());
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto* change = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      if ((change->mask & IN_IGNORED) != 0) watches_.erase(change->wd);
      at += static_cast<ssize_t>(sizeof(inotify_event) + change->len);
    }
  }
}

void FolderWatch::ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(bell_, &one, sizeof one);
}

}  // namespace subtide
