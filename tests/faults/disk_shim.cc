// Loaded before a program (LD_PRELOAD): its disk goes wrong under one folder.
//
//   SUBTIDE_DISK_FOLDER   the folder; files elsewhere are left alone
//   SUBTIDE_DISK_FAULT    eio:N       the N-th change of a file fails
//                         eio-from:N  the N-th and all after it
//                         short       writes take a few bytes at a time
//   SUBTIDE_DISK_COUNT    a file that gets the number of changes when the program ends
//   SUBTIDE_DISK_JOURNAL  a file that gets what must be undone to lose unflushed writes
//                         (lost_writes.h reads it)
//
// Changes are: writing, truncating, flushing, giving names. What mmap changes is not seen.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Never destroyed: threads write until the very end.
struct Shim {
  const std::string folder = variable("SUBTIDE_DISK_FOLDER");
  const std::string fault = variable("SUBTIDE_DISK_FAULT");
  const std::string count_file = variable("SUBTIDE_DISK_COUNT");
  const std::string journal_file = variable("SUBTIDE_DISK_JOURNAL");
  long chosen = 0;
  bool is_from = false;
  bool is_short = false;
  int journal = -1;
  std::atomic<long> changes{0};
  std::mutex mutex;  ///< keeps the journal in the order of the changes

  Shim() {
    is_short = fault == "short";
    is_from = fault.starts_with("eio-from:");
    if (fault.starts_with("eio")) chosen = std::atol(fault.c_str() + fault.find(':') + 1);
    if (!journal_file.empty()) {
      journal = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, journal_file.c_str(),
                                           O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    }
  }
};

Shim& shim() {
  static Shim& only = *new Shim;
  return only;
}

bool is_ours(std::string_view path) {
  return !shim().folder.empty() && path.starts_with(shim().folder);
}

/// Empty for what lies elsewhere. Files without a name: "/folder/#123 (deleted)".
std::string path_of(int descriptor) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = ::readlink(link, path, sizeof path);
  const std::string_view text(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return is_ours(text) ? std::string(text) : "";
}

std::string absolute(const char* path) {
  if (*path == '/') return path;
  char folder[4096];
  return ::getcwd(folder, sizeof folder) == nullptr ? "" : std::string(folder) + "/" + path;
}

/// Counts a change; true when it is one that fails.
bool fails() {
  const long number = ++shim().changes;
  const bool is_chosen =
      shim().chosen > 0 && (shim().is_from ? number >= shim().chosen : number == shim().chosen);
  if (is_chosen) errno = EIO;
  return is_chosen;
}

bool is_journaled(std::string_view path) {
  return shim().journal >= 0 && !path.ends_with("-shm") && !path.ends_with(" (deleted)");
}

void note(const std::string& line) {
  const std::string text = line + "\n";
  ::syscall(SYS_write, shim().journal, text.data(), text.size());
}

std::string hex_of(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += kDigits[static_cast<unsigned char>(byte) >> 4U];
    hex += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return hex;
}

/// "old OFFSET SIZE HEX PATH": what is in the way of a write, and the file's length before it.
void note_old(int descriptor, const std::string& path, std::size_t count, off_t offset) {
  struct stat now {};
  ::fstat(descriptor, &now);
  // A descriptor for writing alone cannot be read.
  const auto reader =
      static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0));
  std::string old(count, '\0');
  const long length = ::syscall(SYS_pread64, reader, old.data(), count, offset);
  ::syscall(SYS_close, reader);
  old.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  note("old " + std::to_string(offset) + " " + std::to_string(now.st_size) + " x" + hex_of(old) +
       " " + path);
}

std::size_t shortened(std::size_t count) {
  return shim().is_short ? std::min<std::size_t>(count, 1 + count / 3) : count;
}

ssize_t do_write(int descriptor, const void* bytes, std::size_t count, const off_t* at) {
  const auto plainly = [&](std::size_t size) {
    return at != nullptr ? ::syscall(SYS_pwrite64, descriptor, bytes, size, *at)
                         : ::syscall(SYS_write, descriptor, bytes, size);
  };
  const std::string path = path_of(descriptor);
  if (path.empty()) return plainly(count);
  if (fails()) return -1;
  const std::lock_guard lock(shim().mutex);
  if (is_journaled(path)) {
    note_old(descriptor, path, count, at != nullptr ? *at : ::lseek(descriptor, 0, SEEK_CUR));
  }
  return plainly(shortened(count));
}

/// The number must be a system call that flushes.
int do_flush(long number, int descriptor) {
  const std::string path = path_of(descriptor);
  if (!path.empty() && fails()) return -1;
  const auto flushed = static_cast<int>(::syscall(number, descriptor));
  const std::lock_guard lock(shim().mutex);
  if (!path.empty() && shim().journal >= 0) note("flushed " + path);
  return flushed;
}

int do_truncate(int descriptor, off_t length) {
  const std::string path = path_of(descriptor);
  if (!path.empty() && fails()) return -1;
  const std::lock_guard lock(shim().mutex);
  if (!path.empty() && is_journaled(path)) {
    struct stat now {};
    ::fstat(descriptor, &now);
    const off_t lost = std::max<off_t>(now.st_size - length, 0);
    note_old(descriptor, path, static_cast<std::size_t>(lost), length);
  }
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, length));
}

/// Counts a new name and, once `make` has made it, notes it.
template <typename Make>
int name_file(const char* name, Make make) {
  const std::string path = absolute(name);
  const bool is_watched = is_ours(path);
  if (is_watched && fails()) return -1;
  const std::lock_guard lock(shim().mutex);
  const bool is_new = is_watched && ::syscall(SYS_access, path.c_str(), F_OK) != 0;
  const int made = make();
  if (made >= 0 && is_new && is_journaled(path)) note("name " + path);
  return made;
}

int do_open(int folder, const char* path, int flags, mode_t mode) {
  const auto open = [&] {
    return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
  };
  const bool may_create = (flags & O_CREAT) != 0 && folder == AT_FDCWD;
  return may_create ? name_file(path, open) : open();
}

mode_t mode_of(int flags, va_list arguments) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

struct AtTheEnd {
  ~AtTheEnd() {
    if (shim().count_file.empty()) return;
    const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, shim().count_file.c_str(),
                                                O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600));
    const std::string text = std::to_string(shim().changes.load());
    ::syscall(SYS_write, file, text.data(), text.size());
    ::syscall(SYS_close, file);
  }
} at_the_end;

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  return do_write(descriptor, bytes, count, nullptr);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
  return do_write(descriptor, bytes, count, &at);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off_t at) {
  return do_write(descriptor, bytes, count, &at);
}
int fsync(int descriptor) { return do_flush(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return do_flush(SYS_fdatasync, descriptor); }
int ftruncate(int descriptor, off_t length) noexcept { return do_truncate(descriptor, length); }
int ftruncate64(int descriptor, off_t length) noexcept { return do_truncate(descriptor, length); }

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open(AT_FDCWD, path, flags, mode);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return name_file(to, [&] {
    return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
  });
}
int rename(const char* from, const char* to) noexcept {
  return name_file(
      to, [&] { return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to)); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  return name_file(path,
                   [&] { return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode)); });
}
}
