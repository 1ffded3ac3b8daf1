#include "models/store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "engine/base/atomic_file.h"
#include "models/checksum.h"
#include "models/pull.h"

namespace subtide {
namespace {
namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

fs::path find_in(const std::vector<fs::path>& folders, const std::string& file) {
  for (const auto& folder : folders) {
    if (is_file(folder / file)) return folder / file;
  }
  return {};
}

ModelEntry look_at(const ModelFacts& facts, const std::vector<fs::path>& folders) {
  ModelEntry entry;
  static_cast<ModelFacts&>(entry) = facts;
  entry.size = facts.approximate_size;
  entry.installed_path = find_in(folders, facts.file);
  if (!entry.installed_path.empty()) {
    entry.state = ModelState::kInstalled;
    std::error_code failed;
    const auto size = fs::file_size(entry.installed_path, failed);
    if (!failed) entry.size = size;
    return entry;
  }
  const bool is_partial =
      std::any_of(folders.begin(), folders.end(), [&facts](const fs::path& folder) {
        std::error_code failed;
        const auto size = fs::file_size(partial_name(folder, facts.file), failed);
        return !failed && size > 0;
      });
  if (is_partial) entry.state = ModelState::kPartial;
  return entry;
}

Result<fs::path> first_writable(const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (fs::is_directory(folder, failed) && ::access(folder.c_str(), W_OK | X_OK) == 0) {
      return folder;
    }
  }
  return make_error(ErrorCode::kDenied,
                    "no folder for models can be written to; set SUBTIDE_MODEL_PATH to one");
}

Error not_installed(const ModelEntry& entry) {
  if (entry.url.empty()) {
    return make_error(ErrorCode::kNotFound,
                      "the model {} comes with the program, but {} is missing", entry.name,
                      entry.file);
  }
  return make_error(ErrorCode::kNotFound,
                    "the model {0} is not installed; run: subtide models pull {0}", entry.name);
}

// The SHA-256 kept by a pull; empty where there is none.
std::string recorded_sha256(const fs::path& file) {
  const auto text = read_file(checksum_name(file), 4096);
  return text ? text->substr(0, text->find(' ')) : std::string();
}

}  // namespace

std::string_view to_string(ModelState state) {
  switch (state) {
    case ModelState::kAbsent:
      return "absent";
    case ModelState::kPartial:
      return "partial";
    case ModelState::kInstalled:
      return "installed";
  }
  return "absent";
}

struct ModelStore::State {
  ModelStoreOptions options;
  std::vector<ModelFacts> models;
  HttpClient client;
};

ModelStore::ModelStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ModelStore::ModelStore(ModelStore&&) noexcept = default;
ModelStore& ModelStore::operator=(ModelStore&&) noexcept = default;
ModelStore::~ModelStore() = default;

Result<ModelStore> ModelStore::create(ModelStoreOptions options) {
  const std::string_view manifest =
      options.manifest.empty() ? builtin_manifest() : std::string_view(options.manifest);
  auto models = parse_model_manifest(manifest, options.base_url);
  if (!models) return std::move(models.error());
  auto state = std::make_unique<State>();
  state->models = std::move(*models);
  state->options = std::move(options);
  return ModelStore(std::move(state));
}

Result<ModelStore> ModelStore::from_environment() {
  return create(model_store_options_from_environment());
}

const std::vector<fs::path>& ModelStore::folders() const { return state_->options.folders; }

std::vector<ModelEntry> ModelStore::list() const {
  std::vector<ModelEntry> entries;
  for (const auto& facts : state_->models) entries.push_back(look_at(facts, folders()));
  return entries;
}

Result<ModelEntry> ModelStore::find(std::string_view name) const {
  for (const auto& facts : state_->models) {
    if (facts.name == name) return look_at(facts, folders());
  }
  std::string names;
  for (const auto& facts : state_->models) names += (names.empty() ? "" : ", ") + facts.name;
  return make_error(ErrorCode::kNotFound, "there is no model named '{}'; there are: {}", name,
                    names);
}

Result<fs::path> ModelStore::path_of(std::string_view name) const {
  if (name.find('/') != std::string_view::npos) {
    if (is_file(name)) return fs::path(name);
    return make_error(ErrorCode::kNotFound, "the model file {} does not exist", name);
  }
  auto entry = find(name);
  if (entry) {
    if (entry->state == ModelState::kInstalled) return entry->installed_path;
    return not_installed(*entry);
  }
  auto own = find_in(folders(), fmt::format("ggml-{}.bin", name));
  if (own.empty()) return std::move(entry.error());
  return own;
}

Result<fs::path> ModelStore::pull(std::string_view name, const PullProgress& progress,
                                  std::stop_token stop) {
  auto entry = find(name);
  if (!entry) return std::move(entry.error());
  if (entry->state == ModelState::kInstalled) return entry->installed_path;
  if (entry->url.empty()) return not_installed(*entry);
  auto folder = first_writable(folders());
  if (!folder) return folder;
  return pull_model(state_->client, Pull{.model = *entry,
                                         .folder = std::move(*folder),
                                         .retry_pause = state_->options.retry_pause,
                                         .progress = progress,
                                         .stop = std::move(stop)});
}

Status ModelStore::verify(std::string_view name) const {
  auto entry = find(name);
  if (!entry) return std::move(entry.error());
  if (entry->state != ModelState::kInstalled) return not_installed(*entry);
  const auto recorded = recorded_sha256(entry->installed_path);
  const bool has_record = !recorded.empty();
  const auto algorithm = has_record ? HashAlgorithm::kSha256 : entry->algorithm;
  const std::array algorithms{algorithm};
  auto sums = checksums_of(entry->installed_path, algorithms);
  if (!sums) return std::move(sums.error());
  if (sums->front() == (has_record ? recorded : entry->checksum)) return ok();
  return make_error(ErrorCode::kBadInput,
                    "{} is damaged ({} differs); remove it and run: subtide models pull {}",
                    entry->installed_path.string(), to_string(algorithm), entry->name);
}

}  // namespace subtide
