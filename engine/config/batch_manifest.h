#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One job of a batch: long options without their dashes, and the text given for each.
struct ManifestJob {
  std::string place;                           ///< "line 4": where it stands, for messages
  std::map<std::string, std::string> options;  ///< always with "input"

  const std::string& input() const { return options.at("input"); }
  bool operator==(const ManifestJob&) const = default;
};

constexpr std::size_t kLargestManifest = 16U << 20U;  // bytes
constexpr std::size_t kMostManifestJobs = 100'000;

/// Reads a batch manifest: a JSON array of objects, or CSV with a header line.
///
/// `text` is taken as JSON when its first character is '[' or '{' or `name` ends in ".json". Keys
/// are "input" and `known_keys`. In JSON, numbers and booleans become their text, lists of texts
/// are joined by commas, and null is as if left out; in CSV so is an empty cell. Paths stay as
/// written.
///
/// Errors: kBadInput, one line with `name` and the place: "batch.csv: line 4, 'laddr': is not
/// known;
///         did you mean 'ladder'?".
Result<std::vector<ManifestJob>> parse_batch_manifest(std::string_view text, std::string_view name,
                                                      std::span<const std::string> known_keys);

/// The same of a file. Errors: also those of opening it.
Result<std::vector<ManifestJob>> read_batch_manifest(const std::filesystem::path& path,
                                                     std::span<const std::string> known_keys);

}  // namespace subtide
