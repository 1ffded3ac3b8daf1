#include "models/pull.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/atomic_file.h"
#include "models/checksum.h"

namespace subtide {
namespace {
namespace fs = std::filesystem;

// `<file>.partial`, locked against a second pull as long as it is open.
class PartialFile {
 public:
  static Result<PartialFile> open(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) return failure(path, errno);
    PartialFile file(path, descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      return make_error(ErrorCode::kAlreadyExists, "{} is being pulled by another process",
                        path.stem().string());
    }
    return file;
  }
  PartialFile(PartialFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const { return descriptor_; }
  const fs::path& path() const { return path_; }
  std::uint64_t size() const {
    struct stat facts {};
    return ::fstat(descriptor_, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
  }
  Status empty() { return ::ftruncate(descriptor_, 0) == 0 ? ok() : Status(failure(path_, errno)); }
  Status publish(const fs::path& name) {
    if (::fsync(descriptor_) != 0) return failure(path_, errno);
    std::error_code failed;
    fs::rename(path_, name, failed);
    return failed ? Status(failure(name, failed.value())) : ok();
  }

 private:
  PartialFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  static Error failure(const fs::path& path, int number) {
    const auto code = number == EACCES || number == EROFS    ? ErrorCode::kDenied
                      : number == ENOSPC || number == EDQUOT ? ErrorCode::kNoSpace
                                                             : ErrorCode::kIo;
    return make_error(code, "cannot write {}: {}", path.string(), std::strerror(number));
  }

  fs::path path_;
  int descriptor_;
};

Error explain(const Error& error, const Pull& pull) {
  if (error.code == ErrorCode::kUnavailable && pull.stop.stop_requested()) {
    return make_error(ErrorCode::kUnavailable,
                      "pulling {} was stopped; the next pull goes on where it was",
                      pull.model.name);
  }
  if (error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadline) {
    return make_error(error.code,
                      "cannot pull {}: {}. Try again when {} can be reached, or put the file from "
                      "there at {}",
                      pull.model.name, error.message, pull.model.url,
                      (pull.folder / pull.model.file).string());
  }
  return make_error(error.code, "cannot pull {}: {}", pull.model.name, error.message);
}

Result<DownloadOutcome> fetch(HttpClient& client, const Pull& pull, const PartialFile& file) {
  DownloadRequest request;
  request.url = pull.model.url;
  request.descriptor = file.descriptor();
  request.resume_from = file.size();
  // Twice what is expected, plus a mebibyte: a wrong address must not fill the disk.
  request.max_size = pull.model.approximate_size * 2 + (1U << 20U);
  request.retry_pause = pull.retry_pause;
  request.progress = pull.progress;
  request.stop = pull.stop;
  auto outcome = client.download(request);
  if (!outcome) return explain(outcome.error(), pull);
  return outcome;
}

// The file's SHA-256, or nothing when it is not the file of the manifest.
Result<std::optional<std::string>> accept(const Pull& pull, const PartialFile& file) {
  const std::array algorithms{pull.model.algorithm, HashAlgorithm::kSha256};
  auto sums = checksums_of(file.path(), algorithms, pull.stop);
  if (!sums) return explain(sums.error(), pull);
  if (sums->front() != pull.model.checksum) return std::nullopt;
  return std::move(sums->back());
}

Result<fs::path> publish(const Pull& pull, PartialFile& file, const std::string& sha256) {
  const fs::path name = pull.folder / pull.model.file;
  if (auto status = file.publish(name); !status) return std::move(status.error());
  const auto line = fmt::format("{}  {}\n", sha256, pull.model.file);
  auto status = write_file_atomically(checksum_name(name), line, AtomicFile::IfExists::kReplace);
  if (!status) return std::move(status.error());
  return name;
}

}  // namespace

fs::path partial_name(const fs::path& folder, const std::string& file) {
  return folder / (file + ".partial");
}

fs::path checksum_name(const fs::path& file) { return file.string() + ".sha256"; }

Result<fs::path> pull_model(HttpClient& client, const Pull& pull) {
  auto file = PartialFile::open(partial_name(pull.folder, pull.model.file));
  if (!file) return std::move(file.error());
  // A second round only where bytes of an earlier try may be to blame.
  for (int round = 0; round < 2; ++round) {
    auto outcome = fetch(client, pull, *file);
    if (!outcome) return std::move(outcome.error());
    auto sha256 = accept(pull, *file);
    if (!sha256) return std::move(sha256.error());
    if (*sha256) return publish(pull, *file, **sha256);
    if (auto emptied = file->empty(); !emptied) return std::move(emptied.error());
    if (!outcome->was_resumed) break;
  }
  return make_error(ErrorCode::kBadInput,
                    "{} at {} is not the file of the manifest ({} differs); nothing was kept",
                    pull.model.name, pull.model.url, to_string(pull.model.algorithm));
}

}  // namespace subtide
