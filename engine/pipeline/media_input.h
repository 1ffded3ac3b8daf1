#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace subtide {

/// An opened local media file, and what people call it.
///
/// All media work reads this one open file, so what was checked is what is read. Remote media is
/// fetched first, by engine/net, into a file that may be unlinked already: from_descriptor().
///
/// Owner:   the caller; movable; closes the file in the destructor. It must outlive every probe and
///          session that uses it.
/// Threads: any, since nothing changes.
/// Errors:  kNotFound, kDenied, kIo; kBadInput for what is not a regular file, and for an empty
/// one.
class MediaInput {
 public:
  static Result<MediaInput> open(const std::filesystem::path& path);
  /// Takes a copy of `descriptor` (the caller keeps its own); `name` is for messages and metadata.
  static Result<MediaInput> from_descriptor(int descriptor, std::string name);

  MediaInput(MediaInput&& other) noexcept;
  MediaInput& operator=(MediaInput&& other) noexcept;
  ~MediaInput();

  /// File name without folders.
  const std::string& name() const { return name_; }
  /// A path that opens this very file in this process, whatever became of its name.
  std::string location() const;
  std::uint64_t size() const { return size_; }
  /// Up to `count` bytes from `offset`; fewer at the end of the file.
  Result<std::string> read_at(std::uint64_t offset, std::size_t count) const;

 private:
  MediaInput(int descriptor, std::string name, std::uint64_t size);
  int descriptor_ = -1;
  std::string name_;
  std::uint64_t size_ = 0;
};

}  // namespace subtide
