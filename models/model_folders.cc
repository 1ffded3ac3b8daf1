#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "models/store.h"

namespace subtide {
namespace {
namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void add_folder_list(const std::string& list, std::vector<fs::path>& folders) {
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(':', begin), list.size());
    if (end > begin) folders.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
}

fs::path data_home() {
  const auto home = environment("XDG_DATA_HOME");
  if (fs::path(home).is_absolute()) return home;  // the specification ignores relative ones
  const auto user = environment("HOME");
  return user.empty() ? fs::path() : fs::path(user) / ".local/share";
}

// share/ beside the bin/ or lib/ that holds this very code: the program, or the GStreamer plug-in.
fs::path own_share_folder() {
  Dl_info place{};
  std::error_code failed;
  fs::path self;
  if (::dladdr(reinterpret_cast<const void*>(&model_store_options_from_environment), &place) != 0 &&
      place.dli_fname != nullptr &&
      std::string_view(place.dli_fname).find(".so") != std::string::npos) {
    self = fs::canonical(place.dli_fname, failed);
  } else {
    self = fs::read_symlink("/proc/self/exe", failed);
  }
  return failed ? fs::path() : self.parent_path().parent_path() / "share";
}

}  // namespace

ModelStoreOptions model_store_options_from_environment() {
  ModelStoreOptions options;
  add_folder_list(environment("SUBTIDE_MODEL_PATH"), options.folders);
  if (const auto home = data_home(); !home.empty()) {
    options.folders.push_back(home / "subtide/models");
  }
  options.folders.emplace_back("/usr/share/subtide/models");
  if (const auto share = own_share_folder(); !share.empty()) {
    options.folders.push_back(share / "subtide/models");
  }
  options.base_url = environment("SUBTIDE_MODEL_URL");
  return options;
}

}  // namespace subtide
