#include "models/server_keys.h"

#include <cstdlib>

#include "engine/base/atomic_file.h"
#include "engine/base/log.h"
#include "engine/net/url.h"

namespace subtide {
namespace {

constexpr std::size_t kLongestKeyFile = 16384;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_line_of(const std::string& file) {
  if (file.empty()) return {};
  const auto text = read_file(file, kLongestKeyFile);
  if (!text) {
    log_warning("SUBTIDE_OPENAI_KEY_FILE: {}", text.error().message);
    return {};
  }
  return text->substr(0, text->find_first_of("\r\n"));
}

}  // namespace

BuiltinOptions builtin_options_from_environment() {
  BuiltinOptions options;
  options.store = model_store_options_from_environment();
  options.openai_key = environment("SUBTIDE_OPENAI_KEY");
  if (options.openai_key.empty()) {
    options.openai_key = first_line_of(environment("SUBTIDE_OPENAI_KEY_FILE"));
  }
  options.ambient_openai_key = environment("OPENAI_API_KEY");
  options.libretranslate_key = environment("SUBTIDE_LIBRETRANSLATE_KEY");
  return options;
}

std::string key_for(const BuiltinOptions& options, const std::string& url) {
  if (!options.openai_key.empty()) return options.openai_key;
  const auto parsed = parse_url(url);
  const bool is_safe = parsed && (parsed->scheme == "https" || names_this_machine(*parsed));
  return is_safe ? options.ambient_openai_key : std::string();
}

}  // namespace subtide
