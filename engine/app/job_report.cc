#include "engine/app/job_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kGapsShown = 5;

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string percent(double part, double whole) {
  return fmt::format("{:.0f} %", 100 * share(part, whole));
}

/// "reading_speed" -> "reading speed"
std::string readable(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string_view name_of_ending(Ending ending) {
  switch (ending) {
    case Ending::kDone:
      return "completed";
    case Ending::kDegraded:
      return "completed_degraded";
    case Ending::kFailed:
      return "failed";
    case Ending::kUnreadable:
      return "unreadable";
    case Ending::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

std::string breach_counts(const LayoutReview& review) {
  std::map<std::string, int> counts;
  for (const auto& breach : review.breaches) ++counts[breach.rule];
  std::vector<std::string> parts;
  for (const auto& [rule, count] : counts) {
    parts.push_back(fmt::format("{} in {}", readable(rule), count));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

void print_layout(Console& console, const LayoutReview& review) {
  if (review.cues == 0) return;
  const auto good = review.good_cues();
  if (good == review.cues) {
    console.line("  layout     {}: all {} cues meet every {} rule", review.language, review.cues,
                 review.style);
    return;
  }
  console.line("  layout     {}: {} of {} cues meet every {} rule; not met: {}{}", review.language,
               percent(static_cast<double>(good), static_cast<double>(review.cues)), review.cues,
               review.style, breach_counts(review),
               console.is_verbose() ? "" : " (-v or --report names each)");
  for (const auto& breach : review.breaches) {
    console.detail("             cue {}: {}: {}", breach.cue_id, readable(breach.rule),
                   breach.detail);
  }
}

void print_gaps(Console& console, const std::vector<Gap>& gaps) {
  const auto shown = console.is_verbose() ? gaps.size() : std::min(gaps.size(), kGapsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    console.line("  gap        {} - {}: {}", format_clock(gaps[i].span.begin),
                 format_clock(gaps[i].span.end), readable(gaps[i].reason));
  }
  if (gaps.size() > shown) console.line("  gap        and {} more", gaps.size() - shown);
}

/// Each model once, however many languages it served.
void print_models(Console& console, const std::vector<ModelNamed>& models) {
  std::set<std::string> told;
  for (const auto& model : models) {
    const auto name = model.role.substr(0, model.role.find(':'));
    const std::string line = fmt::format("  {:<10} {}{}{}", name, model.spec,
                                         model.detail.empty() ? "" : ": ", model.detail);
    if (told.insert(line).second) console.line("{}", line);
  }
}

void print_head(Console& console, const JobReport& report) {
  if (report.was_done) {
    console.line("{}: was done before, and its files are there; --fresh or --force does it again",
                 report.input);
    return;
  }
  if (report.is_planned) {
    console.line("{}: {} of media", report.input,
                 report.media_duration ? format_clock(*report.media_duration) : "some length");
    return;
  }
  if (!report.is_media) {
    console.line("{}: done", report.input);
    return;
  }
  const double seconds = to_seconds(report.processed);
  console.line("{}: {} of media in {:.1f} s ({:.1f} x real time), {} speech", report.input,
               format_clock(report.processed), report.wall_seconds,
               share(seconds, report.wall_seconds), percent(to_seconds(report.speech), seconds));
}

/// What reads a file names it without its folder; among many, the folder matters.
std::string error_line(const JobReport& report) {
  const std::string& message = report.error->message;
  const std::string name = report.input.substr(report.input.rfind('/') + 1) + ":";
  const bool is_short = name.size() <= report.input.size() && message.starts_with(name);
  return is_short ? report.input + message.substr(name.size() - 1) : message;
}

Json layout_json(const LayoutReview& review) {
  Json breaches = Json::array();
  for (const auto& breach : review.breaches) {
    breaches.push_back({{"cue", breach.cue_id}, {"rule", breach.rule}, {"detail", breach.detail}});
  }
  return {{"language", review.language},
          {"style", review.style},
          {"cues", review.cues},
          {"meet_all_rules", review.good_cues()},
          {"breaches", std::move(breaches)}};
}

Json output_json(const OutputNamed& output) {
  return {{"path", output.path},
          {"format", output.format},
          {"language", output.language},
          {"cues", output.cues},
          {"sha256", output.sha256}};
}

/// Of a job that did not come to its end, nothing can be said as a whole.
bool is_judged(const JobReport& report) { return report.quality && !report.error; }

Json job_json(const JobReport& report) {
  Json job = {{"input", report.input}, {"ending", name_of_ending(report.ending)}};
  job["was_done"] = report.was_done;
  job["error"] = report.error ? Json{{"code", to_string(report.error->code)},
                                     {"message", report.error->message}}
                              : Json(nullptr);
  job["media"] = {{"duration", report.media_duration ? Json(to_seconds(*report.media_duration))
                                                     : Json(nullptr)},
                  {"processed", to_seconds(report.processed)},
                  {"speech", to_seconds(report.speech)}};
  job["wall_seconds"] = report.wall_seconds;
  if (!report.encoder.empty()) job["encoder"] = report.encoder;
  for (const char* list : {"models", "outputs", "gaps", "layout"}) job[list] = Json::array();
  for (const auto& model : report.models) {
    job["models"].push_back({{"role", model.role}, {"spec", model.spec}, {"detail", model.detail}});
  }
  for (const auto& output : report.outputs) job["outputs"].push_back(output_json(output));
  for (const auto& gap : report.gaps) {
    job["gaps"].push_back({{"start", to_seconds(gap.span.begin)},
                           {"end", to_seconds(gap.span.end)},
                           {"reason", gap.reason}});
  }
  for (const auto& review : report.layout) job["layout"].push_back(layout_json(review));
  job["reasons"] = report.reasons;
  job["notes"] = report.notes;
  job["hints"] = report.hints;
  if (is_judged(report)) job["quality"] = to_json(*report.quality);
  return job;
}

}  // namespace

std::size_t LayoutReview::good_cues() const {
  std::set<std::string> bad;
  for (const auto& breach : breaches) bad.insert(breach.cue_id);
  return cues - std::min(bad.size(), cues);
}

void add_models(const std::vector<ModelNamed>& used, JobReport& report) {
  for (const ModelNamed& model : used) {
    auto& named = report.models;
    const auto is_it = [&](const ModelNamed& each) {
      return each.role == model.role && each.spec == model.spec;
    };
    if (std::ranges::any_of(named, is_it)) continue;
    const auto last = std::find_if(named.rbegin(), named.rend(),
                                   [&](const ModelNamed& each) { return each.role == model.role; });
    named.insert(last.base() == named.begin() ? named.end() : last.base(), model);
  }
}

void print_report(Console& console, const JobReport& report) {
  if (report.error) {
    console.error("{}", error_line(report));
  } else {
    print_head(console, report);
  }
  for (const auto& line : report.plan) console.line("  {:<11} {}", "plan", line);
  for (const auto& output : report.outputs) {
    const std::string count =
        output.cues == 1 ? " (1 cue)" : fmt::format(" ({} cues)", output.cues);
    const char* what = report.is_planned ? "would write" : report.was_done ? "is there" : "wrote";
    console.line("  {:<10} {}{}", what, output.path, output.language.empty() ? "" : count);
  }
  if (!report.encoder.empty() && !report.error) console.line("  encoder    {}", report.encoder);
  print_models(console, report.models);
  for (const auto& review : report.layout) print_layout(console, review);
  print_gaps(console, report.gaps);
  if (is_judged(report)) print_quality(console, *report.quality);
  for (const auto& reason : report.reasons) console.line("  missing    {}", reason);
  for (const auto& note : report.notes) console.line("  note       {}", note);
  for (const auto& hint : report.hints) console.line("  hint       {}", hint);
}

std::string report_json(const std::vector<JobReport>& reports) {
  Json jobs = Json::array();
  for (const auto& report : reports) jobs.push_back(job_json(report));
  const Json root = {{"version", 1}, {"jobs", std::move(jobs)}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace subtide
