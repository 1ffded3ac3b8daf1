#pragma once

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/media_time.h"

namespace subtide {

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// How far the work on one input is.
struct ProgressState {
  std::string name;
  MediaTime done{0};
  std::optional<MediaDuration> total;
  std::chrono::duration<double> elapsed{0};  ///< wall time since the start

  double speed() const;  ///< media seconds a second
  std::optional<std::chrono::duration<double>> time_left() const;
};

/// "talk.mp4  [######------]  00:12:10 / 01:00:00  34.2 x  2:10 left", at most `width` columns.
std::string format_progress(const ProgressState& state, int width);

/// What the program tells people, all on standard error: lines, and a progress bar where standard
/// error is a terminal (plain lines at every tenth otherwise).
///
/// Threads: any. Errors: none; a closed standard error loses the lines.
class Console {
 public:
  explicit Console(Verbosity verbosity);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Errors: shown even when quiet.
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write_line(fmt::format(format, std::forward<Args>(args)...));
  }
  /// What a user wants to know.
  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    if (verbosity_ != Verbosity::kQuiet)
      write_line(fmt::format(format, std::forward<Args>(args)...));
  }
  /// Only with --verbose.
  template <typename... Args>
  void detail(fmt::format_string<Args...> format, Args&&... args) {
    if (is_verbose()) write_line(fmt::format(format, std::forward<Args>(args)...));
  }

  void progress(const ProgressState& state);
  /// A line that the next one replaces; only on a terminal. `make_line` gets its width.
  void status(const std::function<std::string(int width)>& make_line);
  /// A download: bytes so far, and of how many.
  void fetch_progress(const std::string& name, std::uint64_t done,
                      std::optional<std::uint64_t> total, double seconds);
  /// The input is done: takes the bar away.
  void end_progress();

  bool is_terminal() const { return is_terminal_; }
  bool is_verbose() const { return verbosity_ == Verbosity::kVerbose; }

 private:
  void write_line(const std::string& text);
  void show_bar(const std::string& text);
  void erase_bar();

  const Verbosity verbosity_;
  const bool is_terminal_;
  std::mutex mutex_;  ///< guards what is shown
  bool is_bar_shown_ = false;
  std::atomic<int> tenths_told_ = 0;
};

/// The text with control characters made visible, so that a file name cannot move the cursor.
std::string printable(std::string_view text);

}  // namespace subtide
