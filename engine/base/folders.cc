#include "engine/base/folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace subtide {
namespace fs = std::filesystem;

namespace {

Error folder_error(int number, std::string_view verb, const fs::path& folder) {
  const auto code = number == ENOSPC || number == EDQUOT  ? ErrorCode::kNoSpace
                    : number == EACCES || number == EROFS ? ErrorCode::kDenied
                    : number == ENOENT                    ? ErrorCode::kNotFound
                                                          : ErrorCode::kIo;
  return make_error(code, "cannot {} the folder {}: {}", verb, folder.string(),
                    std::strerror(number));
}

}  // namespace

Status make_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return ok();
  if (auto above = make_folder(folder.parent_path()); !above) return above;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return folder_error(errno, "make", folder);
  }
  return folder.has_parent_path() ? sync_folder(folder.parent_path()) : ok();
}

Status make_private_folder(const fs::path& folder) {
  if (Status made = make_folder(folder); !made) return made;
  struct stat state {};
  if (::lstat(folder.c_str(), &state) != 0) return folder_error(errno, "look at", folder);
  const bool is_private = S_ISDIR(state.st_mode) && state.st_uid == ::geteuid() &&
                          (state.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (is_private) return ok();
  return make_error(ErrorCode::kDenied,
                    "{} is not a folder of yours that is closed to others: chmod 700 it, or take "
                    "another",
                    folder.string());
}

Status sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return folder_error(errno, "open", folder);
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some file systems flush no folders; then there is nothing to do about it.
  if (failed == 0 || failed == EINVAL) return ok();
  return folder_error(failed, "flush", folder);
}

}  // namespace subtide
