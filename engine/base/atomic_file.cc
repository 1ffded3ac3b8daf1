#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/fault_point.h"

namespace subtide {
namespace fs = std::filesystem;

struct AtomicFile::State {
  fs::path path;
  fs::path temporary;  // empty while the file has no name at all
  IfExists if_exists = IfExists::kRefuse;
  int descriptor = -1;
  std::optional<Error> failure;

  ~State() {
    if (descriptor >= 0) ::close(descriptor);
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
};

namespace {

Error file_error(int number, std::string_view verb, const fs::path& path) {
  const auto code = [number] {
    switch (number) {
      case ENOSPC:
      case EDQUOT:
        return ErrorCode::kNoSpace;
      case ENOENT:
      case ENOTDIR:
        return ErrorCode::kNotFound;
      case EACCES:
      case EPERM:
      case EROFS:
        return ErrorCode::kDenied;
      case EEXIST:
        return ErrorCode::kAlreadyExists;
      default:
        return ErrorCode::kIo;
    }
  }();
  return make_error(code, "cannot {} {}: {}", verb, path.string(), std::strerror(number));
}

Error exists_error(const fs::path& path) {
  return make_error(ErrorCode::kAlreadyExists, "{} exists already; --force replaces it",
                    path.string());
}

fs::path hidden_name(const fs::path& path) {
  return path.parent_path() /
         fmt::format(".{}.{}.partial", path.filename().string(), static_cast<long>(::getpid()));
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_hidden_name_for(const fs::path& path, const std::string& name) {
  return name.starts_with(fmt::format(".{}.", path.filename().string())) &&
         name.ends_with(".partial");
}

/// Removes hidden files for `path` of processes that died; living ones hold a lock on theirs.
void remove_left_behind(const fs::path& path) {
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder_of(path), unreadable)) {
    if (!is_hidden_name_for(path, entry.path().filename().string())) continue;
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(descriptor);
  }
}

/// A name is on the disk when its folder is.
Status flush_folder_of(const fs::path& path, AtomicFile::Flush flush) {
  if (flush == AtomicFile::Flush::kLater) return ok();
  fault_point(FaultPoint::kFileNamed);
  const int descriptor = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return file_error(errno, "flush the folder of", path);
  const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some file systems flush no folders; then there is nothing to do about it.
  if (failure == 0 || failure == EINVAL) return ok();
  return file_error(failure, "flush the folder of", path);
}

/// Gives a file without a name one; false with errno when that does not go.
bool give_name(int descriptor, const fs::path& name) {
  const std::string link = fmt::format("/proc/self/fd/{}", descriptor);
  return ::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace

AtomicFile::AtomicFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;
AtomicFile& AtomicFile::operator=(AtomicFile&&) noexcept = default;
AtomicFile::~AtomicFile() = default;

const fs::path& AtomicFile::path() const { return state_->path; }
int AtomicFile::descriptor() const { return state_->descriptor; }

Result<AtomicFile> AtomicFile::create(const fs::path& path, IfExists if_exists) {
  std::error_code ignored;
  if (if_exists == IfExists::kRefuse && fs::exists(path, ignored)) return exists_error(path);
  auto state = std::make_unique<State>();
  state->path = path;
  state->if_exists = if_exists;
  // A file without a name vanishes by itself when the process dies.
  state->descriptor = ::open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
  if (state->descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    remove_left_behind(path);
    state->temporary = hidden_name(path);
    state->descriptor =
        ::open(state->temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  }
  if (state->descriptor < 0) {
    const Error error = file_error(errno, "create", path);
    state->temporary.clear();
    return error;
  }
  ::flock(state->descriptor, LOCK_EX | LOCK_NB);
  fault_point(FaultPoint::kFileCreated);
  return AtomicFile(std::move(state));
}

Status AtomicFile::write(std::string_view bytes) {
  if (state_->failure) return *state_->failure;
  while (!bytes.empty()) {
    const ssize_t written = ::write(state_->descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      state_->failure = file_error(errno, "write", state_->path);
      return *state_->failure;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

Status AtomicFile::commit(Flush flush) {
  State& state = *state_;
  if (state.failure) return *state.failure;
  const auto fail = [&state](const char* verb) -> Status {
    state.failure =
        errno == EEXIST ? exists_error(state.path) : file_error(errno, verb, state.path);
    return *state.failure;
  };
  fault_point(FaultPoint::kFileWritten);
  if (flush == Flush::kNow && ::fsync(state.descriptor) != 0) return fail("flush");
  fault_point(FaultPoint::kFileFlushed);
  const bool is_nameless = state.temporary.empty();
  if (is_nameless && give_name(state.descriptor, state.path)) {
    return flush_folder_of(state.path, flush);
  }
  if (is_nameless && (errno != EEXIST || state.if_exists == IfExists::kRefuse)) {
    return fail("create");
  }
  if (is_nameless) {
    remove_left_behind(state.path);
    const fs::path hidden = hidden_name(state.path);
    if (!give_name(state.descriptor, hidden)) return fail("create");
    state.temporary = hidden;
  }
  fault_point(FaultPoint::kFileHidden);
  if (state.if_exists == IfExists::kRefuse) {
    if (::link(state.temporary.c_str(), state.path.c_str()) != 0) return fail("create");
    return flush_folder_of(state.path, flush);  // the destructor removes the temporary name
  }
  if (::rename(state.temporary.c_str(), state.path.c_str()) != 0) return fail("rename");
  state.temporary.clear();
  return flush_folder_of(state.path, flush);
}

Status write_file_atomically(const fs::path& path, std::string_view bytes,
                             AtomicFile::IfExists if_exists, AtomicFile::Flush flush) {
  auto file = AtomicFile::create(path, if_exists);
  if (!file) return file.error();
  if (auto written = file->write(bytes); !written) return written;
  return file->commit(flush);
}

Result<std::string> read_file(const fs::path& path, std::size_t limit) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return make_error(ErrorCode::kInvalidArgument, "{} is a folder, not a file", path.string());
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return file_error(errno, "open", path);
  std::string bytes;
  char block[65536];
  while (stream.read(block, sizeof block) || stream.gcount() > 0) {
    bytes.append(block, static_cast<std::size_t>(stream.gcount()));
    if (bytes.size() > limit) {
      return make_error(ErrorCode::kBadInput, "{} is larger than {} bytes", path.string(), limit);
    }
  }
  if (stream.bad()) return file_error(EIO, "read", path);
  return bytes;
}

}  // namespace subtide
