#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/result.h"
#include "engine/packaging/playlist_end.h"

namespace subtide {

/// The folders of renditions in that of a presentation: "audio_en" and the like.
std::vector<std::filesystem::path> rendition_folders(const std::filesystem::path& folder);

/// The folder of an HLS presentation. Files appear by rename, and no playlist there ever names one
/// that is missing: what cannot be written now is kept and written later, and the playlists wait
/// for it. Parts, which segments soon hold too, are not flushed to the disk one by one.
///
/// Memory: of what waits, `kMostKept` bytes; the oldest that is given up is an EXT-X-GAP in the
/// playlists.
///
/// Owner: the caller. Threads: one at a time, which waits for the disk.
/// Errors: none is thrown at the caller; trouble() is what goes wrong just now.
class PublishedFolder {
 public:
  static constexpr std::size_t kMostKept = std::size_t{64} << 20U;
  using Bytes = std::shared_ptr<const std::string>;

  /// Empty: nothing is written.
  explicit PublishedFolder(std::filesystem::path folder);

  /// Where a presentation went that was in the folder before.
  PlaylistEnd former_end() const { return former_; }
  /// It goes on: its files are never removed for being a former one's.
  void keep_former() { former_ = {}; }

  /// Names are paths below the folder, with '/'.
  void write(const std::string& name, Bytes bytes);
  void write_playlist(const std::string& name, const std::string& text,
                      AtomicFile::Flush flush = AtomicFile::Flush::kNow);
  /// And, the first time, what a former presentation left.
  void remove(const std::string& name);
  /// Writes what waits, if there is any and it is time.
  void try_again();

  /// Nobody will write this file: playlists that name it tell a gap.
  void give_up(const std::string& name) { given_up_.insert(name); }

  const std::optional<Error>& trouble() const { return trouble_; }
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  struct Kept {
    std::string name;
    Bytes bytes;
  };
  bool put(const std::string& name, std::string_view bytes,
           AtomicFile::Flush flush = AtomicFile::Flush::kNow);
  void write_kept();
  void give_up_oldest();
  std::string with_gaps(const std::string& playlist, const std::string& text) const;
  void remove_former();

  std::filesystem::path folder_;
  PlaylistEnd former_;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::map<std::string, std::string> waiting_playlists_;
  std::set<std::string> given_up_;
  std::optional<Error> trouble_;
  std::chrono::steady_clock::time_point tried_at_{};
};

}  // namespace subtide
