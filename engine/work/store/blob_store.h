#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/audio_window.h"
#include "engine/work/store/wall_time.h"

namespace subtide {

struct BlobTotals {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;
};

/// The sound of audio windows as FLAC files, each under the SHA-256 of its samples:
/// `blobs/ab/abcdef….flac`.
///
/// The key is taken over the samples, not the file's bytes, so it does not depend on the encoder,
/// and what comes back is checked to the last bit. Files appear whole and are never overwritten,
/// but for one that is found damaged when the same sound comes again.
///
/// Owner:   the caller; copyable. Threads: any. Other processes may use the same folder.
/// Errors:  kNotFound and kBadInput (damaged) name the file and the way out; kNoSpace, kDenied,
///          kIo; kInvalidArgument when a key is none.
class BlobStore {
 public:
  /// Makes `store_folder`/blobs when it is missing.
  static Result<BlobStore> open(const std::filesystem::path& store_folder);

  /// Keeps the samples and returns their key; on the disk before it answers. The pieces of the
  /// window are the caller's to keep: see to_json(pieces).
  Result<std::string> put_audio(const AudioWindow& window);
  Result<std::vector<std::int16_t>> get_audio(std::string_view key) const;
  /// The window again, of the samples and the pieces that were kept beside the key.
  Result<std::shared_ptr<const AudioWindow>> get_window(std::string_view key,
                                                        std::vector<WindowPiece> pieces) const;

  /// One that nobody needs any more. One that is not there is none either.
  Status remove(std::string_view key);

  Result<BlobTotals> totals() const;

  using IsNeeded = std::function<bool(std::string_view key)>;
  /// Removes blobs that nobody needs and that are older than `before`, and what crashes left. Give
  /// a `before` some hours back: the rows that need a new blob come after it.
  Result<BlobTotals> remove_unreferenced(const IsNeeded& is_needed, WallTime before);
  /// Removes blobs that nobody needs, oldest first, until at most `most_bytes` are left.
  Result<BlobTotals> trim(std::uint64_t most_bytes, const IsNeeded& is_needed);

 private:
  explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path path_of(std::string_view key) const;
  std::filesystem::path folder_;
};

/// The key under which the store keeps these samples; also the input of their effect keys.
std::string audio_key(std::span<const std::int16_t> samples);

}  // namespace subtide
