#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a file without a name, or with a hidden one, in the same folder; commit() flushes
/// them to the disk, gives them their name and flushes that too, unless told otherwise. Without
/// commit(), nothing is left behind; what a killed process left of replacing a file, the next one
/// removes.
///
/// Owner:   the caller; movable, not copyable.
/// Threads: one at a time.
/// Errors:  kNotFound, kDenied, kNoSpace or kIo, naming the file; after one, every call gives it
/// again.
class AtomicFile {
 public:
  enum class IfExists { kRefuse, kReplace };
  /// kLater: the file is whole for everybody as long as the machine runs, and its bytes reach the
  /// disk when that suits the system.
  enum class Flush { kNow, kLater };

  /// Refuses at once (kAlreadyExists) when `path` exists and `if_exists` says so. Makes no folder.
  static Result<AtomicFile> create(const std::filesystem::path& path, IfExists if_exists);

  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;
  ~AtomicFile();

  Status write(std::string_view bytes);
  Status commit(Flush flush = Flush::kNow);

  const std::filesystem::path& path() const;
  /// For somebody else who fills the file, such as a child program.
  int descriptor() const;

 private:
  struct State;
  explicit AtomicFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Writes a whole small file by way of AtomicFile.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                             AtomicFile::IfExists if_exists,
                             AtomicFile::Flush flush = AtomicFile::Flush::kNow);

/// Reads a whole file of at most `limit` bytes (kBadInput above it).
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace subtide
