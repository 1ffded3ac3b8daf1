#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "models/store.h"

namespace subtide {

/// One pull: where from, where to.
struct Pull {
  ModelFacts model;
  std::filesystem::path folder;  ///< exists
  std::chrono::milliseconds retry_pause{1000};
  PullProgress progress;
  std::stop_token stop;
};

/// As ModelStore::pull, for a model that is not there. Gives the path of the file.
Result<std::filesystem::path> pull_model(HttpClient& client, const Pull& pull);

std::filesystem::path partial_name(const std::filesystem::path& folder, const std::string& file);
std::filesystem::path checksum_name(const std::filesystem::path& file);

}  // namespace subtide
