#include "engine/work/store/blob_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/base/fault_point.h"
#include "engine/base/folders.h"
#include "engine/work/store/flac.h"
#include "engine/work/store/sha256.h"

namespace subtide {
namespace fs = std::filesystem;

namespace {

// An hour; the longest window of any model is far shorter.
constexpr std::size_t kMostSamples = std::size_t{3600} * kSpeechSampleRate;
constexpr std::size_t kMostBytes = kMostSamples * 4;

static_assert(std::endian::native == std::endian::little, "keys are over little-endian samples");

struct BlobFile {
  fs::path path;
  std::string key;  // empty for what a crash left
  std::uint64_t bytes = 0;
  WallTime time;
};

/// A file of the store as it lies there; nothing for what another process has removed meanwhile.
std::optional<BlobFile> look_at(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  BlobFile file{
      path,
      {},
      static_cast<std::uint64_t>(found.st_size),
      to_wall_time(std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec)};
  const std::string stem = path.stem().string();
  if (path.extension() == ".flac" && is_sha256(stem)) {
    file.key = stem;
  } else if (path.extension() != ".partial") {
    return std::nullopt;  // not ours
  }
  return file;
}

Result<std::vector<BlobFile>> list_blobs(const fs::path& folder) {
  std::vector<BlobFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (auto file = look_at(entries->path())) files.push_back(std::move(*file));
  }
  if (error) {
    return make_error(ErrorCode::kIo, "cannot list {}: {}", folder.string(), error.message());
  }
  std::sort(files.begin(), files.end(), [](const BlobFile& a, const BlobFile& b) {
    return std::tie(a.time, a.path) < std::tie(b.time, b.path);
  });
  return files;
}

void add(BlobTotals& totals, const BlobFile& file) {
  ++totals.count;
  totals.bytes += file.bytes;
  if (!totals.oldest || file.time < *totals.oldest) totals.oldest = file.time;
}

Status remove_file(const BlobFile& file, BlobTotals& removed) {
  if (::unlink(file.path.c_str()) != 0) {
    if (errno == ENOENT) return ok();
    return make_error(ErrorCode::kIo, "cannot remove {}: {}", file.path.string(),
                      std::generic_category().message(errno));
  }
  fault_point(FaultPoint::kBlobRemoving);
  add(removed, file);
  return ok();
}

Status check_key(std::string_view key) {
  if (is_sha256(key)) return ok();
  return make_error(ErrorCode::kInvalidArgument, "'{}' is not the key of a sound: 64 digits 0-9a-f",
                    key.substr(0, 80));
}

Result<std::vector<std::int16_t>> read_blob(const fs::path& path, std::string_view key) {
  const auto bytes = read_file(path, kMostBytes);
  if (!bytes) {
    if (bytes.error().code != ErrorCode::kNotFound) return bytes.error();
    return make_error(ErrorCode::kNotFound,
                      "the sound {} is not in the store; run its job again to have it made",
                      path.string());
  }
  auto samples = decode_flac(*bytes, kMostSamples);
  if (samples && audio_key(*samples) == key) return samples;
  return make_error(ErrorCode::kBadInput,
                    "the sound {} is damaged ({}); remove the file and run its job again",
                    path.string(),
                    samples ? "its samples are not those it is named after"
                            : std::string_view(samples.error().message));
}

Status write_blob(const fs::path& path, std::string_view bytes, AtomicFile::IfExists if_exists) {
  auto file = AtomicFile::create(path, if_exists);
  if (!file) return file.error();
  if (auto written = file->write(bytes); !written) return written;
  fault_point(FaultPoint::kBlobWritten);
  return file->commit();
}

}  // namespace

std::string audio_key(std::span<const std::int16_t> samples) {
  Sha256 sum;
  sum.add_framed("subtide audio 16000 Hz mono s16le");
  sum.add({reinterpret_cast<const char*>(samples.data()), samples.size_bytes()});
  return sum.finish();
}

Result<BlobStore> BlobStore::open(const fs::path& store_folder) {
  const fs::path folder = store_folder / "blobs";
  if (auto made = make_folder(folder); !made) return made.error();
  return BlobStore(folder);
}

fs::path BlobStore::path_of(std::string_view key) const {
  return folder_ / key.substr(0, 2) / fmt::format("{}.flac", key);
}

Result<std::string> BlobStore::put_audio(const AudioWindow& window) {
  if (window.samples().size() > kMostSamples) {
    return make_error(ErrorCode::kInvalidArgument, "an audio window of more than an hour");
  }
  std::string key = audio_key(window.samples());
  const fs::path path = path_of(key);
  std::error_code ignored;
  const bool exists = fs::exists(path, ignored);
  if (exists && read_blob(path, key)) return key;
  const auto bytes = encode_flac(window.samples());
  if (!bytes) return bytes.error();
  fault_point(FaultPoint::kBlobEncoded);
  if (auto made = make_folder(path.parent_path()); !made) return made.error();
  const auto written = write_blob(
      path, *bytes, exists ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse);
  // Another process that wrote the same sound meanwhile is as good.
  if (!written && written.error().code != ErrorCode::kAlreadyExists) return written.error();
  fault_point(FaultPoint::kBlobSynced);
  return key;
}

Result<std::vector<std::int16_t>> BlobStore::get_audio(std::string_view key) const {
  if (auto good = check_key(key); !good) return good.error();
  return read_blob(path_of(key), key);
}

Result<std::shared_ptr<const AudioWindow>> BlobStore::get_window(
    std::string_view key, std::vector<WindowPiece> pieces) const {
  auto samples = get_audio(key);
  if (!samples) return samples.error();
  return AudioWindow::create(std::move(*samples), std::move(pieces));
}

Status BlobStore::remove(std::string_view key) {
  if (auto checked = check_key(key); !checked) return checked;
  BlobFile file;
  file.path = path_of(key);
  BlobTotals removed;
  return remove_file(file, removed);
}

Result<BlobTotals> BlobStore::totals() const {
  const auto files = list_blobs(folder_);
  if (!files) return files.error();
  BlobTotals totals;
  for (const BlobFile& file : *files) {
    if (!file.key.empty()) add(totals, file);
  }
  return totals;
}

Result<BlobTotals> BlobStore::remove_unreferenced(const IsNeeded& is_needed, WallTime before) {
  const auto files = list_blobs(folder_);
  if (!files) return files.error();
  BlobTotals removed;
  for (const BlobFile& file : *files) {
    if (file.time >= before || (!file.key.empty() && is_needed(file.key))) continue;
    if (auto gone = remove_file(file, removed); !gone) return gone.error();
  }
  return removed;
}

Result<BlobTotals> BlobStore::trim(std::uint64_t most_bytes, const IsNeeded& is_needed) {
  const auto files = list_blobs(folder_);
  if (!files) return files.error();
  std::uint64_t left = 0;
  for (const BlobFile& file : *files) left += file.bytes;
  BlobTotals removed;
  for (const BlobFile& file : *files) {
    if (left <= most_bytes) break;
    if (file.key.empty() || is_needed(file.key)) continue;
    if (auto gone = remove_file(file, removed); !gone) return gone.error();
    left -= file.bytes;
  }
  return removed;
}

}  // namespace subtide
