#include "engine/app/open_writers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>

namespace subtide {
namespace {

namespace fs = std::filesystem;

// Where a refused lease means a writer. Network file systems refuse leases for reasons of theirs.
// Numbers from linux/magic.h and the file systems' own sources.
constexpr std::array<std::uint32_t, 11> kLocalFileSystems = {
    0xEF53,      // ext2, ext3, ext4
    0x58465342,  // xfs
    0x9123683E,  // btrfs
    0x01021994,  // tmpfs
    0x858458F6,  // ramfs
    0x794C7630,  // overlay
    0xF2F52010,  // f2fs
    0x2FC12FC1,  // zfs
    0x4D44,      // vfat
    0x2011BAB0,  // exfat
    0x7366746E,  // ntfs3
};

bool is_local(const struct statfs& system) {
  return std::ranges::find(kLocalFileSystems, static_cast<std::uint32_t>(system.f_type)) !=
         kLocalFileSystems.end();
}

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

bool is_on_local_disk(const fs::path& path) {
  struct statfs system {};
  return ::statfs(path.c_str(), &system) == 0 && is_local(system);
}

std::optional<bool> lease_shows_writer(int descriptor) {
  struct statfs system {};
  if (::fstatfs(descriptor, &system) != 0 || !is_local(system)) return std::nullopt;
  // Who opens the file for writing while we hold the lease waits until we let go, a moment later,
  // and we are sent a signal; by default it is one that ends the process, this one is ignored.
  if (::fcntl(descriptor, F_SETSIG, SIGURG) != 0) return std::nullopt;
  if (::fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return false;
  }
  if (errno == EAGAIN) return true;
  return std::nullopt;
}

bool OpenWriters::has_one(int descriptor) {
  if (const auto told = lease_shows_writer(descriptor)) return *told;
  struct stat file {};
  if (::fstat(descriptor, &file) != 0) return false;
  if (!open_) open_ = files_open_for_writing();
  return open_->contains({file.st_dev, file.st_ino});
}

std::set<FileId> files_open_for_writing() {
  std::set<FileId> open;
  std::error_code gone;
  for (fs::directory_iterator process("/proc", gone), none; !gone && process != none;
       process.increment(gone)) {
    if (!is_number(process->path().filename().string())) continue;
    std::error_code denied;
    for (fs::directory_iterator link(process->path() / "fd", denied), end; !denied && link != end;
         link.increment(denied)) {
      // The rights of the link itself say what the file is open for.
      struct stat entry {};
      struct stat file {};
      const bool is_for_writing =
          ::lstat(link->path().c_str(), &entry) == 0 && (entry.st_mode & S_IWUSR) != 0;
      if (!is_for_writing || ::stat(link->path().c_str(), &file) != 0) continue;
      if (S_ISREG(file.st_mode)) open.insert({file.st_dev, file.st_ino});
    }
  }
  return open;
}

}  // namespace subtide
