#include "tests/support/shared_files.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace subtide {
namespace {

namespace fs = std::filesystem;

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path test_binary() { return fs::read_symlink("/proc/self/exe"); }

std::optional<fs::path> root_above(fs::path folder) {
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "engine/base/result.h")) return folder;
  }
  return std::nullopt;
}

std::vector<fs::path> split_paths(const std::string& list) {
  std::vector<fs::path> paths;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ':');) {
    if (!part.empty()) paths.emplace_back(part);
  }
  return paths;
}

}  // namespace

fs::path source_root() {
  if (const auto root = root_above(fs::current_path())) return *root;
  if (const auto root = root_above(test_binary())) return *root;
  throw std::runtime_error("run the tests inside the checkout: no engine/base/result.h above " +
                           fs::current_path().string());
}

fs::path shared_folder() {
  const fs::path given = environment_path("SUBTIDE_SHARED");
  return given.empty() ? source_root().parent_path() / "shared" : given;
}

fs::path shared_media(std::string_view name) { return shared_folder() / "media" / name; }

fs::path shared_model(std::string_view name) {
  for (const fs::path& folder : split_paths(environment_path("SUBTIDE_MODEL_PATH").string())) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return shared_folder() / "models" / name;
}

fs::path built_program(std::string_view name) {
  return test_binary().parent_path().parent_path() / "bin" / name;
}

std::optional<fs::path> find_program(std::string_view name) {
  for (const fs::path& folder : split_paths(environment_path("PATH").string())) {
    const fs::path candidate = folder / name;
    if (fs::is_regular_file(candidate) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

bool missing_is_failure() { return environment_path("CI") == "true"; }

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "subtide-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace subtide
