#include "engine/work/store/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "engine/work/store/row_sum.h"

namespace subtide {
namespace {

// "pid 0000012345 commits 00000000000000000042 sum 0123456789abcdef\n"
std::string record(std::int64_t pid, std::int64_t commits) {
  return fmt::format("pid {:010} commits {:020} sum {:016x}\n", pid, commits,
                     static_cast<std::uint64_t>(RowSum().add(pid).add(commits).value()));
}

std::int64_t digits_after(std::string_view text, std::string_view word, std::size_t count) {
  const std::size_t at = text.find(word);
  std::int64_t number = 0;
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = text.substr(at + word.size(), count);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

struct Record {
  std::int64_t pid = 0;
  std::int64_t commits = 0;
  bool is_whole = false;
};

Record read_record(int descriptor) {
  char bytes[128];
  const ssize_t length = ::pread(descriptor, bytes, sizeof bytes, 0);
  const std::string_view text(bytes, length > 0 ? static_cast<std::size_t>(length) : 0);
  Record found{digits_after(text, "pid ", 10), digits_after(text, "commits ", 20), false};
  found.is_whole = text == record(found.pid, found.commits);
  return found;
}

}  // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "work.lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const auto code = errno == ENOENT                     ? ErrorCode::kNotFound
                      : errno == EACCES || errno == EROFS ? ErrorCode::kDenied
                      : errno == ENOSPC                   ? ErrorCode::kNoSpace
                                                          : ErrorCode::kIo;
    return make_error(code, "cannot open {}: {}", path.string(), std::strerror(errno));
  }
  RunLock lock(descriptor);
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      return make_error(ErrorCode::kIo, "cannot lock {}: {}", path.string(), std::strerror(errno));
    }
    return make_error(ErrorCode::kAlreadyExists,
                      "run folder {} is in use by process {}; stop that one or use another folder",
                      folder.string(), read_record(descriptor).pid);
  }
  const Record before = read_record(descriptor);
  if (before.is_whole) lock.witnessed_ = before.commits;
  lock.witness(before.is_whole ? before.commits : 0);
  return lock;
}

RunLock::RunLock(RunLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), witnessed_(other.witnessed_) {}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RunLock::witness(std::int64_t commits) {
  const std::string text = record(::getpid(), commits);
  // A part of it does not pass for a record when it is read.
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

}  // namespace subtide
