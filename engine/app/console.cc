#include "engine/app/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engine/subtitles/layout_rules.h"

namespace subtide {
namespace {

constexpr int kBarWidth = 20;
constexpr int kLongestName = 30;

std::string whole_seconds(MediaTime time) { return format_clock(time).substr(0, 8); }

std::string format_left(std::chrono::duration<double> left) {
  const auto seconds = static_cast<long>(left.count() + 0.5);
  if (seconds >= 3600) {
    return fmt::format("{}:{:02}:{:02} left", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  return fmt::format("{}:{:02} left", seconds / 60, seconds % 60);
}

double share_done(const ProgressState& state) {
  if (!state.total || *state.total <= MediaDuration::zero()) return 0;
  return std::clamp(to_seconds(state.done) / to_seconds(*state.total), 0.0, 1.0);
}

/// Cut at a character, so that the line stays valid UTF-8.
std::string shortened(const std::string& name) {
  if (character_count(name) <= kLongestName) return name;
  std::size_t end = std::min<std::size_t>(name.size(), kLongestName - 1);
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void write_error(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

double ProgressState::speed() const {
  return elapsed.count() > 0 ? to_seconds(done) / elapsed.count() : 0;
}

std::optional<std::chrono::duration<double>> ProgressState::time_left() const {
  if (!total || speed() <= 0) return std::nullopt;
  return std::chrono::duration<double>(std::max(0.0, to_seconds(*total - done) / speed()));
}

std::string format_progress(const ProgressState& state, int width) {
  std::string figures = whole_seconds(state.done);
  if (state.total) figures += fmt::format(" / {}", whole_seconds(*state.total));
  figures += fmt::format("  {:.1f} x", state.speed());
  if (const auto left = state.time_left()) figures += fmt::format("  {}", format_left(*left));
  const std::string name = shortened(state.name);
  const int room = width - character_count(name) - static_cast<int>(figures.size()) - 6;
  const int bar = std::min(room, kBarWidth);
  if (!state.total || bar < 5) return fmt::format("{}  {}", name, figures);
  const int filled = static_cast<int>(share_done(state) * bar);
  return fmt::format("{}  [{:#<{}}{:-<{}}]  {}", name, "", filled, "", bar - filled, figures);
}

Console::Console(Verbosity verbosity)
    : verbosity_(verbosity), is_terminal_(isatty(STDERR_FILENO) == 1) {}

Console::~Console() { erase_bar(); }

void Console::progress(const ProgressState& state) {
  if (verbosity_ == Verbosity::kQuiet) return;
  if (is_terminal_) {
    show_bar(format_progress(state, terminal_width()));
    return;
  }
  const int tenths = static_cast<int>(share_done(state) * 10);
  if (tenths <= tenths_told_) return;
  tenths_told_ = tenths;
  std::string text =
      fmt::format("{}: {} %, {}", state.name, tenths * 10, whole_seconds(state.done));
  text += fmt::format(", {:.1f} x real time", state.speed());
  if (const auto left = state.time_left()) text += fmt::format(", {}", format_left(*left));
  write_line(text);
}

void Console::status(const std::function<std::string(int width)>& make_line) {
  if (verbosity_ != Verbosity::kQuiet && is_terminal_) show_bar(make_line(terminal_width()));
}

void Console::fetch_progress(const std::string& name, std::uint64_t done,
                             std::optional<std::uint64_t> total, double seconds) {
  if (verbosity_ == Verbosity::kQuiet || !is_terminal_) return;
  constexpr double kMebibyte = 1024.0 * 1024.0;
  const double mebibytes = static_cast<double>(done) / kMebibyte;
  std::string text = fmt::format("{}: fetching, {:.1f}", shortened(name), mebibytes);
  if (total) text += fmt::format(" of {:.1f}", static_cast<double>(*total) / kMebibyte);
  show_bar(text + fmt::format(" MiB, {:.1f} MiB/s", seconds > 0 ? mebibytes / seconds : 0));
}

void Console::end_progress() {
  const std::lock_guard lock(mutex_);
  erase_bar();
  tenths_told_ = 0;
}

void Console::write_line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase_bar();
  write_error(fmt::format("{}\n", printable(text)));
}

void Console::show_bar(const std::string& text) {
  const std::lock_guard lock(mutex_);
  write_error(fmt::format("\r{}\x1b[K", printable(text)));
  is_bar_shown_ = true;
}

void Console::erase_bar() {
  if (!is_bar_shown_) return;
  write_error("\r\x1b[K");
  is_bar_shown_ = false;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7F) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += letter;
    }
  }
  return shown;
}

}  // namespace subtide
