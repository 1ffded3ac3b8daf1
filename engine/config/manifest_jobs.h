#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/batch_manifest.h"

namespace subtide {

/// The jobs of a manifest while it is read: what holds for JSON and CSV alike.
///
/// Owner:   the reader; `known_keys` must outlive it. Threads: one at a time.
/// Errors:  kBadInput with the place, without the manifest's name.
class ManifestJobs {
 public:
  explicit ManifestJobs(std::span<const std::string> known_keys) : known_keys_(known_keys) {}

  Status begin_job(std::size_t line);
  /// Refuses a key that no option has, or that this job has already.
  Status begin_option(std::size_t line, const std::string& key);
  /// The value of the last key.
  Status set(std::size_t line, std::string value);
  Status end_job();

  std::size_t size() const { return jobs_.size(); }
  /// All jobs; refused when there are none.
  Result<std::vector<ManifestJob>> take();

  /// "line 4, 'ladder': WHAT"
  Error wrong_option(std::size_t line, std::string_view what) const;
  const std::string& key() const { return key_; }
  /// "line 4: WHAT"
  static Error wrong_line(std::size_t line, std::string_view what);
  Status check_key(std::size_t line, const std::string& key) const;

 private:
  std::span<const std::string> known_keys_;
  std::vector<ManifestJob> jobs_;
  std::set<std::string> keys_;  ///< of the job that is being read, those without a value too
  std::string key_;
  std::size_t line_ = 0;
};

/// Adds the jobs of a JSON manifest; errors as above.
Status read_json_jobs(std::string_view json, ManifestJobs& jobs);

}  // namespace subtide
