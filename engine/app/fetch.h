#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "engine/base/result.h"

namespace subtide {

/// A remote file that was fetched: an open descriptor of a file that has no name, so nothing is
/// left behind however the program ends. Owner: the caller; movable.
class FetchedFile {
 public:
  explicit FetchedFile(int descriptor) : descriptor_(descriptor) {}
  FetchedFile(FetchedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FetchedFile& operator=(FetchedFile&&) = delete;
  ~FetchedFile();

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Bytes so far, and of how many.
using FetchProgress = std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)>;

/// Fetches an http or https URL into a file without a name in the folder for temporary files
/// (TMPDIR). Errors: as HttpClient::download(); the message names the URL without its secrets.
Result<FetchedFile> fetch(const std::string& url, const FetchProgress& progress,
                          std::stop_token stop);

}  // namespace subtide
