#include "engine/base/staged_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

namespace subtide {
namespace {

namespace fs = std::filesystem;

Error failed(const fs::path& path, const char* what, int number) {
  const ErrorCode code = number == EACCES || number == EPERM ? ErrorCode::kDenied
                         : number == ENOSPC                  ? ErrorCode::kNoSpace
                                                             : ErrorCode::kIo;
  return make_error(code, "{}: cannot {}: {}", path.string(), what, std::strerror(number));
}

Status flush(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(path, "be opened", errno);
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (result != 0) return failed(path, "be flushed to the disk", number);
  return ok();
}

Status flush_all(const fs::path& root) {
  std::error_code failure;
  if (!fs::is_directory(root, failure)) return flush(root);
  for (const auto& entry : fs::recursive_directory_iterator(root, failure)) {
    if (auto flushed = flush(entry.path()); !flushed) return flushed;
  }
  if (failure) return failed(root, "be read", failure.value());
  return flush(root);
}

int rename_with(const fs::path& from, const fs::path& to, unsigned int flags) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0 ? 0 : errno;
}

bool is_something(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(path, unknown));
}

Error already_there(const fs::path& path) {
  return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                    path.string());
}

}  // namespace

/// The one who writes a path in this process: two would write into each other's file.
class StagedOutput::Claim {
 public:
  /// Null when somebody has it.
  static std::unique_ptr<Claim> take(const fs::path& path) {
    std::error_code unknown;
    fs::path name = fs::weakly_canonical(fs::absolute(path, unknown), unknown);
    if (unknown) name = path;
    const std::lock_guard lock(mutex());
    if (!taken().insert(name).second) return nullptr;
    return std::unique_ptr<Claim>(new Claim(std::move(name)));
  }
  ~Claim() {
    const std::lock_guard lock(mutex());
    taken().erase(path_);
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  explicit Claim(fs::path path) : path_(std::move(path)) {}
  static std::mutex& mutex() {
    static std::mutex guard;
    return guard;
  }
  static std::set<fs::path>& taken() {
    static std::set<fs::path> paths;
    return paths;
  }
  const fs::path path_;
};

Result<StagedOutput> StagedOutput::create(fs::path path, IfExists if_exists) {
  auto claim = Claim::take(path);
  if (!claim) {
    return make_error(ErrorCode::kAlreadyExists, "{}: is being written for another input",
                      path.string());
  }
  if (if_exists == IfExists::kRefuse && is_something(path)) return already_there(path);
  fs::path staging = path.parent_path() / ("." + path.filename().string() + ".part");
  std::error_code failure;
  fs::remove_all(staging, failure);
  if (failure) return failed(staging, "be removed", failure.value());
  return StagedOutput(std::move(path), std::move(staging), if_exists, std::move(claim));
}

StagedOutput::StagedOutput(fs::path path, fs::path staging, IfExists if_exists,
                           std::unique_ptr<Claim> claim)
    : path_(std::move(path)),
      staging_(std::move(staging)),
      if_exists_(if_exists),
      claim_(std::move(claim)) {}

StagedOutput::StagedOutput(StagedOutput&& other) noexcept
    : path_(std::move(other.path_)),
      staging_(std::exchange(other.staging_, {})),
      if_exists_(other.if_exists_),
      claim_(std::move(other.claim_)) {}

StagedOutput& StagedOutput::operator=(StagedOutput&& other) noexcept {
  if (this == &other) return *this;
  discard();
  path_ = std::move(other.path_);
  staging_ = std::exchange(other.staging_, {});
  if_exists_ = other.if_exists_;
  claim_ = std::move(other.claim_);
  return *this;
}

StagedOutput::~StagedOutput() { discard(); }

void StagedOutput::discard() {
  if (staging_.empty()) return;
  std::error_code unknown;
  fs::remove_all(staging_, unknown);
  staging_.clear();
}

Status StagedOutput::publish() {
  if (auto flushed = flush_all(staging_); !flushed) return flushed;
  int failure = rename_with(staging_, path_, RENAME_NOREPLACE);
  if (failure == EEXIST && if_exists_ == IfExists::kRefuse) return already_there(path_);
  if (failure == EEXIST) {
    // A folder takes the place of another only by changing places with it; discard() removes that.
    failure = rename_with(staging_, path_, RENAME_EXCHANGE);
    if (failure == 0) {
      discard();
      return flush(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
    }
  }
  // Not every file system knows these two.
  if (failure == EINVAL && (if_exists_ == IfExists::kReplace || !is_something(path_))) {
    failure = rename_with(staging_, path_, 0);
  }
  if (failure != 0) return failed(path_, "be given its name", failure);
  staging_.clear();
  return flush(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

}  // namespace subtide
