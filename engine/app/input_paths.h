#pragma once

#include <filesystem>
#include <mutex>
#include <set>

namespace subtide {

/// The files that a batch reads: none of its outputs may take their place.
/// Owner: the batch. Threads: any. Errors: none.
class InputPaths {
 public:
  void add(const std::filesystem::path& file) {
    const std::lock_guard lock(mutex_);
    files_.insert(whole(file));
  }

  /// The path is one of them, or a folder around one.
  bool covers(const std::filesystem::path& path) const {
    const std::filesystem::path wanted = whole(path);
    const std::lock_guard lock(mutex_);
    const auto next = files_.lower_bound(wanted);
    if (next == files_.end()) return false;
    const auto rest = next->lexically_relative(wanted);
    return !rest.empty() && *rest.begin() != "..";
  }

 private:
  static std::filesystem::path whole(const std::filesystem::path& path) {
    std::error_code unknown;
    auto canonical =
        std::filesystem::weakly_canonical(std::filesystem::absolute(path, unknown), unknown);
    return unknown ? path : canonical;
  }

  mutable std::mutex mutex_;
  std::set<std::filesystem::path> files_;
};

}  // namespace subtide
