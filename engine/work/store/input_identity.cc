#include "engine/work/store/input_identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/store/row_sum.h"
#include "engine/work/store/sha256.h"
#include "engine/work/store/shared_state.h"

namespace subtide {
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kSettled(2);
constexpr std::size_t kBlock = 1 << 20;

/// What a file system says of a file without reading it.
struct FileMark {
  std::int64_t device = 0;
  std::int64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t mtime = 0;  // ns
  bool operator==(const FileMark&) const = default;
};

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Error input_error(int number, const fs::path& path) {
  const auto code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound
                    : number == EACCES                    ? ErrorCode::kDenied
                                                          : ErrorCode::kIo;
  return make_error(code, "cannot read {}: {}", path.string(), std::strerror(number));
}

Result<FileMark> mark_of(int descriptor, const fs::path& path) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return input_error(errno, path);
  if (!S_ISREG(found.st_mode)) {
    return make_error(ErrorCode::kInvalidArgument, "{} is not a file", path.string());
  }
  return FileMark{static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
                  found.st_size,
                  std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

std::int64_t sum_of(const std::string& path, const FileMark& mark, const std::string& sha256) {
  return RowSum()
      .add(path)
      .add(mark.device)
      .add(mark.inode)
      .add(mark.size)
      .add(mark.mtime)
      .add(sha256)
      .value();
}

Result<std::string> hash_file(int descriptor, const fs::path& path, const std::stop_token& stop) {
  Sha256 sum;
  std::vector<char> block(kBlock);
  for (;;) {
    if (stop.stop_requested()) {
      return make_error(ErrorCode::kUnavailable, "stopped while reading {}", path.string());
    }
    const ssize_t length = ::read(descriptor, block.data(), block.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return input_error(errno, path);
    if (length == 0) return sum.finish();
    sum.add({block.data(), static_cast<std::size_t>(length)});
  }
}

Result<std::optional<std::string>> find_hash(SharedDatabase& shared, const std::string& path,
                                             const FileMark& mark) {
  const std::lock_guard guard(shared.state().mutex);
  auto statement = shared.state().database->prepare(
      "SELECT sha256, sum FROM inputs WHERE path = ?1 AND device = ?2 AND inode = ?3 AND size = ?4 "
      "AND mtime = ?5");
  if (!statement) return statement.error();
  Rows rows = statement->start({path, mark.device, mark.inode, mark.size, mark.mtime});
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return std::optional<std::string>();
  std::string sha256 = rows.text(0);
  // A damaged row is as good as none: the file is read, and the row written anew.
  if (rows.number(1) != sum_of(path, mark, sha256)) return std::optional<std::string>();
  return std::optional(std::move(sha256));
}

Status keep_hash(SharedDatabase& shared, const std::string& path, const FileMark& mark,
                 const std::string& sha256) {
  const std::lock_guard guard(shared.state().mutex);
  auto statement = shared.state().database->prepare(
      "INSERT OR REPLACE INTO inputs VALUES(?1,?2,?3,?4,?5,?6,?7)");
  if (!statement) return statement.error();
  return retry_while_locked([&] {
    return statement->run(
        {path, mark.device, mark.inode, mark.size, mark.mtime, sha256, sum_of(path, mark, sha256)});
  });
}

}  // namespace

InputIdentities::InputIdentities(std::shared_ptr<SharedDatabase> database)
    : shared_(std::move(database)) {}

Result<InputIdentity> InputIdentities::identify(const fs::path& path, WallTime now,
                                                const std::stop_token& stop) {
  std::error_code failed;
  const fs::path canonical = fs::canonical(path, failed);
  if (failed) return input_error(failed.value(), path);
  const OpenFile file(canonical);
  if (file.descriptor() < 0) return input_error(errno, path);
  const auto mark = mark_of(file.descriptor(), path);
  if (!mark) return mark.error();
  const auto size = static_cast<std::uint64_t>(mark->size);
  const auto known = find_hash(*shared_, canonical.string(), *mark);
  if (!known) log_warning("{}", known.error().message);
  if (known && *known) return InputIdentity{**known, size, true};

  const auto sha256 = hash_file(file.descriptor(), path, stop);
  if (!sha256) return sha256.error();
  const auto after = mark_of(file.descriptor(), path);
  if (!after) return after.error();
  if (*after != *mark) {
    return make_error(ErrorCode::kUnavailable,
                      "{} changed while it was read; try again when it is complete", path.string());
  }
  fault_point(FaultPoint::kInputHashed);
  if (to_wall_time(mark->mtime) + kSettled <= now) {
    const auto kept = keep_hash(*shared_, canonical.string(), *mark, *sha256);
    if (!kept) log_warning("{}", kept.error().message);
    fault_point(FaultPoint::kInputKept);
  }
  return InputIdentity{*sha256, size, false};
}

}  // namespace subtide
