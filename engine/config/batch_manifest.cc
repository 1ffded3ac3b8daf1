#include "engine/config/batch_manifest.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/config/csv_text.h"
#include "engine/config/manifest_jobs.h"
#include "engine/config/near_name.h"

namespace subtide {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kInput = "input";

/// One name is always known.
std::vector<std::string> with_input(std::span<const std::string> known_keys) {
  std::vector<std::string> all(known_keys.begin(), known_keys.end());
  if (std::ranges::find(all, kInput) == all.end()) all.emplace_back(kInput);
  return all;
}

bool ends_in_json(std::string_view name) {
  std::string ending(name.substr(name.size() - std::min<std::size_t>(name.size(), 5)));
  std::ranges::transform(ending, ending.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return ending == ".json";
}

bool is_json(std::string_view text, std::string_view name) {
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool begins_so =
      first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
  return begins_so || ends_in_json(name);
}

Status check_header(const CsvRow& header, const ManifestJobs& jobs) {
  std::set<std::string> seen;
  for (const std::string& key : header.cells) {
    if (header.cells.size() == 1 && key.find_first_of(";\t") != std::string::npos) {
      return ManifestJobs::wrong_line(header.line, "columns are separated by commas");
    }
    if (auto checked = jobs.check_key(header.line, key); !checked) return checked;
    if (!seen.insert(key).second) {
      return ManifestJobs::wrong_line(header.line,
                                      fmt::format("'{}' heads two columns", shown(key)));
    }
  }
  if (seen.contains(std::string(kInput))) return ok();
  return ManifestJobs::wrong_line(header.line, "the header names no column 'input'");
}

Status add_row(const CsvRow& header, CsvRow row, ManifestJobs& jobs) {
  if (row.cells.size() != header.cells.size()) {
    return ManifestJobs::wrong_line(row.line, fmt::format("{} cells, but the header has {}",
                                                          row.cells.size(), header.cells.size()));
  }
  if (auto begun = jobs.begin_job(row.line); !begun) return begun;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (row.cells[i].empty()) continue;
    if (auto begun = jobs.begin_option(row.line, header.cells[i]); !begun) return begun;
    if (auto set = jobs.set(row.line, std::move(row.cells[i])); !set) return set;
  }
  return jobs.end_job();
}

Status read_csv_jobs(std::string_view text, ManifestJobs& jobs) {
  CsvReader reader(text);
  auto header = reader.next();
  if (!header) return header.error();
  if (!*header) return ok();
  if (auto checked = check_header(**header, jobs); !checked) return checked;
  while (true) {
    auto row = reader.next();
    if (!row) return row.error();
    if (!*row) return ok();
    if (auto added = add_row(**header, std::move(**row), jobs); !added) return added;
  }
}

}  // namespace

Error ManifestJobs::wrong_line(std::size_t line, std::string_view what) {
  return make_error(ErrorCode::kBadInput, "line {}: {}", line, what);
}

Error ManifestJobs::wrong_option(std::size_t line, std::string_view what) const {
  return make_error(ErrorCode::kBadInput, "line {}, '{}': {}", line, shown(key_), what);
}

Status ManifestJobs::check_key(std::size_t line, const std::string& key) const {
  if (std::ranges::find(known_keys_, key) != known_keys_.end()) return ok();
  const auto nearest = nearest_name(key, known_keys_);
  return make_error(ErrorCode::kBadInput, "line {}, '{}': is not known; {}", line, shown(key),
                    nearest ? fmt::format("did you mean '{}'?", *nearest)
                            : "keys are the long options without dashes, such as 'input'");
}

Status ManifestJobs::begin_job(std::size_t line) {
  if (jobs_.size() == kMostManifestJobs) {
    return wrong_line(line, fmt::format("more than {} jobs; split the manifest", jobs_.size()));
  }
  jobs_.push_back({fmt::format("line {}", line), {}});
  keys_.clear();
  line_ = line;
  return ok();
}

Status ManifestJobs::begin_option(std::size_t line, const std::string& key) {
  if (auto checked = check_key(line, key); !checked) return checked;
  key_ = key;
  if (!keys_.insert(key).second) return wrong_option(line, "is given twice in one job");
  return ok();
}

Status ManifestJobs::set(std::size_t line, std::string value) {
  if (value.find('\0') != std::string::npos) return wrong_option(line, "has a NUL character");
  jobs_.back().options[key_] = std::move(value);
  return ok();
}

Status ManifestJobs::end_job() {
  const auto& options = jobs_.back().options;
  const auto input = options.find(std::string(kInput));
  if (input != options.end() && !input->second.empty()) return ok();
  return wrong_line(line_, "'input' is missing");
}

Result<std::vector<ManifestJob>> ManifestJobs::take() {
  if (jobs_.empty()) return make_error(ErrorCode::kBadInput, "it has no jobs");
  return std::move(jobs_);
}

Result<std::vector<ManifestJob>> parse_batch_manifest(std::string_view text, std::string_view name,
                                                      std::span<const std::string> known_keys) {
  if (text.size() > kLargestManifest) {
    return make_error(ErrorCode::kBadInput, "{}: larger than {} MiB; split the manifest", name,
                      kLargestManifest >> 20U);
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::vector<std::string> known = with_input(known_keys);
  ManifestJobs jobs(known);
  const Status read = is_json(text, name) ? read_json_jobs(text, jobs) : read_csv_jobs(text, jobs);
  if (!read) return make_error(read.error().code, "{}: {}", name, read.error().message);
  auto all = jobs.take();
  if (!all) return make_error(all.error().code, "{}: {}", name, all.error().message);
  return all;
}

Result<std::vector<ManifestJob>> read_batch_manifest(const std::filesystem::path& path,
                                                     std::span<const std::string> known_keys) {
  const auto text = read_file(path, kLargestManifest);
  if (!text) return text.error();
  return parse_batch_manifest(*text, path.string(), known_keys);
}

}  // namespace subtide
