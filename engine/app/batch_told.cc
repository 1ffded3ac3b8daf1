#include "engine/app/batch_told.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kMostRows = 40;
constexpr std::size_t kLongestName = 40;
constexpr int kBarWidth = 20;

std::string_view word_of(const JobReport& report) {
  if (report.was_done) return "was done";
  if (report.is_planned) return "planned";
  switch (report.ending) {
    case Ending::kDone:
      return "done";
    case Ending::kDegraded:
      return "with gaps";
    case Ending::kFailed:
      return "failed";
    case Ending::kUnreadable:
      return "unreadable";
    case Ending::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

std::string whole_seconds(MediaDuration length) { return format_clock(length).substr(0, 8); }

/// The end tells more of a path than its beginning. Cut at a character.
std::string shortened(const std::string& name) {
  if (name.size() <= kLongestName) return name;
  std::size_t begin = name.size() - kLongestName + 1;
  while (begin < name.size() && (static_cast<unsigned char>(name[begin]) & 0xC0U) == 0x80U) ++begin;
  return "…" + name.substr(begin);
}

void print_row(Console& console, const JobReport& report) {
  std::string figures;
  if (!report.error && !report.was_done && report.is_media && !report.is_planned) {
    const double seconds = to_seconds(report.processed);
    figures = fmt::format("{}  {:>8.1f} s  {:>6.1f} x", whole_seconds(report.processed),
                          report.wall_seconds,
                          report.wall_seconds > 0 ? seconds / report.wall_seconds : 0.0);
  }
  console.line("  {:<11}  {:<30}  {}", word_of(report), figures, shortened(report.input));
}

std::string left_of(const BatchProgress& progress) {
  if (!progress.left) return "";
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*progress.left).count();
  return fmt::format("{}:{:02}:{:02} left", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::size_t ended_of(const BatchProgress& progress) {
  return progress.jobs() - progress.waiting - progress.running;
}

}  // namespace

void BatchReports::add(std::size_t number, JobReport report) {
  ++count_;
  ++endings_.at(static_cast<std::size_t>(report.ending));
  if (report.was_done) ++was_done_;
  if (report.is_planned) ++planned_;
  reports_.insert_or_assign(number, std::move(report));
  if (reports_.size() > most_kept_) reports_.erase(reports_.begin());
}

ExitCode BatchReports::exit_code(std::optional<Ending> rest) const {
  // What decides is which endings there are.
  std::vector<Ending> endings;
  for (std::size_t i = 0; i < endings_.size(); ++i) {
    if (endings_[i] > 0) endings.push_back(static_cast<Ending>(i));
  }
  if (rest) endings.push_back(*rest);
  return exit_code_of(endings);
}

std::vector<JobReport> BatchReports::in_order() const {
  std::vector<JobReport> reports;
  for (const auto& [number, report] : reports_) reports.push_back(report);
  return reports;
}

void BatchReports::print(Console& console) const {
  if (count_ < 2) return;
  const bool shows_all = count_ <= kMostRows || console.is_verbose();
  std::size_t rows = 0;
  for (const auto& [number, report] : reports_) {
    const bool is_well = report.ending == Ending::kDone;
    if (!shows_all && (is_well || rows >= kMostRows)) continue;
    print_row(console, report);
    ++rows;
  }
  if (rows < count_) console.line("  and {} more", count_ - rows);
  const std::size_t were_done = was_done_;
  if (planned_ > 0) {
    return console.line("{} inputs: {} would be done, {} were, {} failed, {} unreadable", count_,
                        planned_, were_done, count(Ending::kFailed), count(Ending::kUnreadable));
  }
  console.line("{} inputs: {} done{}, {} with gaps, {} failed, {} unreadable", count_,
               count(Ending::kDone),
               were_done == 0 ? "" : fmt::format(" ({} of them before)", were_done),
               count(Ending::kDegraded), count(Ending::kFailed), count(Ending::kUnreadable));
}

std::string format_batch_progress(const BatchProgress& progress, int width) {
  std::string head = fmt::format("{} of {}", ended_of(progress), progress.jobs());
  std::string figures = whole_seconds(progress.worked);
  if (progress.total) figures += fmt::format(" / {}", whole_seconds(*progress.total));
  if (progress.speed) figures += fmt::format("  {:.1f} x", *progress.speed);
  if (const auto left = left_of(progress); !left.empty()) figures += "  " + left;
  const int room = width - static_cast<int>(head.size() + figures.size()) - 6;
  const int bar = std::min(room, kBarWidth);
  if (!progress.total || *progress.total <= MediaDuration(0) || bar < 5) {
    return fmt::format("{}  {}", head, figures).substr(0, static_cast<std::size_t>(width));
  }
  const double share =
      std::clamp(to_seconds(progress.worked) / to_seconds(*progress.total), 0.0, 1.0);
  const int filled = static_cast<int>(share * bar);
  return fmt::format("{}  [{:#<{}}{:-<{}}]  {}", head, "", filled, "", bar - filled, figures);
}

std::string describe_batch_progress(const BatchProgress& progress) {
  std::string text = fmt::format("{} of {} inputs", ended_of(progress), progress.jobs());
  text += fmt::format(", {}", whole_seconds(progress.worked));
  if (progress.total) {
    text += fmt::format(" of {}{} of media", progress.is_estimate ? "about " : "",
                        whole_seconds(*progress.total));
  }
  if (progress.speed) text += fmt::format(", {:.1f} x real time", *progress.speed);
  if (const auto left = left_of(progress); !left.empty()) text += ", " + left;
  return text;
}

}  // namespace subtide
