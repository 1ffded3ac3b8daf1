#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace CLI {
class App;
}

namespace subtide {

/// Fills options that the command line left out: from the environment (SUBTIDE_TIME_OFFSET for
/// --time-offset), else from the configuration file.
///
/// The file is a JSON object with one object for each command, whose keys are its long options:
/// {"subtitle": {"language": "en", "translate": ["es", "it"], "preview": true}}.
/// `file`: --config; nothing: $XDG_CONFIG_HOME/subtide/config.json, which may be missing.
///
/// Errors: kNotFound, kBadInput; the message names the file, and the line or the field.
Status fill_from_sources(CLI::App& command, const std::optional<std::filesystem::path>& file);

}  // namespace subtide
