#include "engine/app/option_sources.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kLongestFile = 1U << 20U;

/// These are not for files: they say where the file is, or what is printed now.
bool is_settable(const CLI::Option& option) {
  const auto& names = option.get_lnames();
  if (names.empty() || option.get_positional()) return false;
  return names[0] != "config" && names[0] != "help" && names[0] != "version";
}

std::string environment_name(const std::string& option) {
  std::string name = "SUBTIDE_" + option;
  std::ranges::transform(name, name.begin(), [](unsigned char letter) {
    return letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return name;
}

std::optional<fs::path> default_file() {
  fs::path folder;
  if (const char* home = std::getenv("XDG_CONFIG_HOME"); home != nullptr && *home != '\0') {
    folder = home;
  } else if (const char* user = std::getenv("HOME"); user != nullptr && *user != '\0') {
    folder = fs::path(user) / ".config";
  } else {
    return std::nullopt;
  }
  const fs::path file = folder / "subtide" / "config.json";
  std::error_code failure;
  return fs::exists(file, failure) ? std::optional(file) : std::nullopt;
}

/// The values as they would be typed; nothing when the JSON cannot be an option's value.
std::optional<std::vector<std::string>> typed(const Json& value) {
  if (value.is_string()) return std::vector{value.get<std::string>()};
  if (value.is_boolean()) return std::vector<std::string>{value.get<bool>() ? "true" : "false"};
  if (value.is_number()) return std::vector{value.dump()};
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& item : value) {
    if (!item.is_string() && !item.is_number()) return std::nullopt;
    texts.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return texts;
}

Status give(CLI::Option& option, const std::vector<std::string>& values, const std::string& where) {
  try {
    for (const auto& value : values) option.add_result(value);
    option.run_callback();
  } catch (const CLI::Error& mistake) {
    return make_error(ErrorCode::kInvalidArgument, "{}: {}", where, mistake.what());
  }
  return ok();
}

int line_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  return 1 + static_cast<int>(std::ranges::count(before, '\n'));
}

Result<Json> read_configuration(const fs::path& file) {
  const auto text = read_file(file, kLongestFile);
  if (!text) return text.error();
  try {
    Json root = Json::parse(*text);
    if (root.is_object()) return root;
    return make_error(ErrorCode::kBadInput,
                      "{}: line 1: expected an object with one object for each "
                      "command",
                      file.string());
  } catch (const Json::parse_error& mistake) {
    return make_error(ErrorCode::kBadInput, "{}: line {}: not valid JSON", file.string(),
                      line_of(*text, mistake.byte));
  } catch (const Json::exception&) {  // a number too large for any type
    return make_error(ErrorCode::kBadInput, "{}: not valid JSON", file.string());
  }
}

Status fill_from_section(CLI::App& command, const Json& section, const std::string& file,
                         const std::vector<CLI::Option*>& open) {
  for (const auto& [key, value] : section.items()) {
    const std::string where = fmt::format("{}: {}.{}", file, command.get_name(), key);
    CLI::Option* option = command.get_option_no_throw("--" + key);
    if (option == nullptr || !is_settable(*option)) {
      return make_error(ErrorCode::kInvalidArgument,
                        "{}: unknown field; the long options of "
                        "'subtide {} --help' are known",
                        where, command.get_name());
    }
    const auto values = typed(value);
    if (!values) {
      return make_error(ErrorCode::kInvalidArgument,
                        "{}: expected a text, a number, true, false or a list of texts", where);
    }
    if (std::ranges::find(open, option) == open.end()) continue;
    if (const auto given = give(*option, *values, where); !given) return given;
  }
  return ok();
}

}  // namespace

Status fill_from_sources(CLI::App& command, const std::optional<fs::path>& file) {
  std::vector<CLI::Option*> open;
  for (CLI::Option* option : command.get_options()) {
    if (!is_settable(*option) || option->count() > 0) continue;
    const std::string name = environment_name(option->get_lnames()[0]);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      open.push_back(option);
    } else if (const auto given = give(*option, {value}, name); !given) {
      return given;
    }
  }
  const auto chosen = file ? file : default_file();
  if (!chosen) return ok();
  const auto root = read_configuration(*chosen);
  if (!root) return root.error();
  const auto section = root->find(command.get_name());
  if (section == root->end()) return ok();
  if (!section->is_object()) {
    return make_error(ErrorCode::kInvalidArgument, "{}: {}: expected an object", chosen->string(),
                      command.get_name());
  }
  return fill_from_section(command, *section, chosen->string(), open);
}

}  // namespace subtide
