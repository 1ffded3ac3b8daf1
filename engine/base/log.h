#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace subtide {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Writes one line to standard error, with time and level. Lines below the level are dropped.
/// Threads: safe from any. Secrets never go in here.
void log_line(LogLevel level, std::string_view line);

/// Lines below `level` are dropped from now on; the default is kWarning.
void set_log_level(LogLevel level);

template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace subtide
