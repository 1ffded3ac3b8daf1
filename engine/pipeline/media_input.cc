#include "engine/pipeline/media_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace subtide {
namespace {

Error open_error(const std::filesystem::path& path, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound
                         : number == EACCES || number == EPERM ? ErrorCode::kDenied
                                                               : ErrorCode::kIo;
  return make_error(code, "{}: cannot be opened: {}", path.string(), std::strerror(number));
}

Result<std::uint64_t> checked_size(int descriptor, std::string_view name) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) {
    return make_error(ErrorCode::kIo, "{}: cannot be read: {}", name, std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return make_error(ErrorCode::kBadInput, "{}: is a folder, not a media file", name);
  }
  if (!S_ISREG(status.st_mode)) {
    return make_error(ErrorCode::kBadInput, "{}: is not a regular file; copy it to one first",
                      name);
  }
  if (status.st_size == 0) return make_error(ErrorCode::kBadInput, "{}: the file is empty", name);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Result<MediaInput> MediaInput::open(const std::filesystem::path& path) {
  // Non-blocking, so that a FIFO without a writer is refused instead of waited for.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return open_error(path, errno);
  auto size = checked_size(descriptor, path.string());
  if (!size) {
    ::close(descriptor);
    return size.error();
  }
  return MediaInput(descriptor, path.filename().string(), *size);
}

Result<MediaInput> MediaInput::from_descriptor(int descriptor, std::string name) {
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return open_error(name, errno);
  auto size = checked_size(copy, name);
  if (!size) {
    ::close(copy);
    return size.error();
  }
  return MediaInput(copy, std::move(name), *size);
}

MediaInput::MediaInput(int descriptor, std::string name, std::uint64_t size)
    : descriptor_(descriptor), name_(std::move(name)), size_(size) {}

MediaInput::MediaInput(MediaInput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      size_(other.size_) {}

MediaInput& MediaInput::operator=(MediaInput&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(size_, other.size_);
  return *this;
}

MediaInput::~MediaInput() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string MediaInput::location() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

Result<std::string> MediaInput::read_at(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = pread(descriptor_, bytes.data() + filled, count - filled,
                              static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return make_error(ErrorCode::kIo, "{}: cannot be read: {}", name_, std::strerror(errno));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace subtide
