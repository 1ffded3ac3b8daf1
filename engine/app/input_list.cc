#include "engine/app/input_list.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include "engine/net/url.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 47> kMediaExtensions = {
    ".3g2", ".3gp",  ".aac", ".ac3",  ".aif", ".aiff", ".amr", ".asf", ".au",   ".avi",
    ".caf", ".divx", ".dv",  ".eac3", ".f4v", ".flac", ".flv", ".gsm", ".m2ts", ".m4a",
    ".m4b", ".m4v",  ".mka", ".mkv",  ".mov", ".mp2",  ".mp3", ".mp4", ".mpeg", ".mpg",
    ".mts", ".mxf",  ".oga", ".ogg",  ".ogv", ".opus", ".qt",  ".spx", ".ts",   ".tta",
    ".vob", ".w64",  ".wav", ".webm", ".wma", ".wmv",  ".wv"};

std::string lower_case_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char letter) {
    return static_cast<char>(letter < 0x80 ? std::tolower(letter) : letter);
  });
  return extension;
}

bool is_url(std::string_view name) {
  return name.starts_with("http://") || name.starts_with("https://");
}

bool has_wildcard(std::string_view name) { return name.find_first_of("*?[") != name.npos; }

class Expansion {
 public:
  void add(const std::string& name) {
    std::error_code failure;
    if (is_url(name)) {
      add_url(name);
    } else if (const auto status = fs::status(name, failure); fs::is_directory(status)) {
      add_folder(name);
    } else if (fs::exists(status)) {
      add_file(name, {}, name);
    } else if (has_wildcard(name)) {
      add_glob(name);
    } else {
      miss(name,
           make_error(ErrorCode::kNotFound, "{}: {}", name,
                      failure && failure != std::errc::no_such_file_or_directory ? failure.message()
                                                                                 : "no such file"));
    }
  }

  void add_list(std::istream& list) {
    std::string line;
    bool is_empty = true;
    while (std::getline(list, line)) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      is_empty = false;
      add(line);
    }
    if (is_empty) {
      miss("-", make_error(ErrorCode::kBadInput, "-: the list on standard input is empty"));
    }
  }

  InputList take() { return std::move(inputs_); }

 private:
  void miss(const std::string& name, Error error) {
    inputs_.misses.push_back({name, std::move(error)});
  }

  void add_url(const std::string& name) {
    const auto url = parse_url(name);
    if (!url) return miss(name.substr(0, name.find_first_of("?#@")), url.error());
    if (!seen_.insert(name).second) return;
    inputs_.items.push_back({InputKind::kUrl, url->for_messages(), {}, name, {}});
  }

  void add_file(const fs::path& path, const fs::path& below, const std::string& name) {
    std::error_code failure;
    const fs::path real = fs::canonical(path, failure);
    if (!seen_.insert(failure ? path.string() : real.string()).second) return;
    const auto kind = sidecar_format_of(path) ? InputKind::kSubtitles : InputKind::kMedia;
    inputs_.items.push_back({kind, name, path, {}, below});
  }

  void add_folder(const std::string& name) {
    std::vector<fs::path> files;
    std::error_code failure;
    auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(name, options, failure), end; !failure && at != end;
         at.increment(failure)) {
      std::error_code unknown;
      if (at->path().filename().string().starts_with('.')) {
        at.disable_recursion_pending();
      } else if (at->is_regular_file(unknown) && has_media_extension(at->path())) {
        files.push_back(at->path());
      }
    }
    if (failure) miss(name, make_error(ErrorCode::kIo, "{}: {}", name, failure.message()));
    if (files.empty()) {
      return miss(name,
                  make_error(ErrorCode::kNotFound, "{}: no media files in this folder", name));
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
      add_file(file, file.parent_path().lexically_relative(name), file.string());
    }
  }

  void add_glob(const std::string& pattern) {
    glob_t found{};
    const int status = glob(pattern.c_str(), GLOB_TILDE, nullptr, &found);
    std::vector<std::string> names;
    if (status == 0) names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    if (names.empty()) {
      return miss(pattern, make_error(ErrorCode::kNotFound, "{}: no file matches", pattern));
    }
    for (const auto& name : names) {
      std::error_code failure;
      if (fs::is_directory(name, failure)) {
        add_folder(name);
      } else {
        add_file(name, {}, name);
      }
    }
  }

  InputList inputs_;
  std::set<std::string> seen_;
};

}  // namespace

InputList expand_inputs(const std::vector<std::string>& named, std::istream& list) {
  Expansion expansion;
  for (const auto& name : named) {
    if (name == "-") {
      expansion.add_list(list);
    } else {
      expansion.add(name);
    }
  }
  return expansion.take();
}

std::optional<SidecarFormat> sidecar_format_of(const fs::path& path) {
  const std::string extension = lower_case_extension(path);
  if (extension.empty()) return std::nullopt;
  const auto format = parse_sidecar_format(extension.substr(1));
  return format ? std::optional(*format) : std::nullopt;
}

bool has_media_extension(const fs::path& path) {
  return std::ranges::binary_search(kMediaExtensions, lower_case_extension(path));
}

}  // namespace subtide
