#include "engine/app/quality_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

namespace subtide {
namespace {

constexpr std::size_t kFindingsShown = 8;
// What is measured and what is set differ by less than this, dB.
constexpr double kRounding = 0.05;

std::string line_of(const NamedFinding& named) {
  std::string text = to_string(named.finding);
  // "missing_audio" is for programs.
  std::ranges::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(' ')),
                       '_', ' ');
  return named.track ? fmt::format("track {}: {}", *named.track, text) : text;
}

std::string gain_text(const TrackLoudness& one) {
  if (!one.target) return "";
  if (std::abs(one.gain) < kRounding) {
    return one.is_held_back() ? "; not made louder: its peaks leave no room" : "; as asked for";
  }
  return fmt::format("; made {:.1f} dB {}, {:.1f} LUFS{}", std::abs(one.gain),
                     one.gain > 0 ? "louder" : "softer", one.measured->integrated + one.gain,
                     one.is_held_back() ? ": its peaks leave no room for more" : "");
}

std::string line_of(const TrackLoudness& one) {
  const std::string name = one.language == "und" ? std::to_string(one.track)
                                                 : fmt::format("{} ({})", one.track, one.language);
  if (!one.measured) {
    return fmt::format("track {}: too short or too silent to have one{}", name,
                       one.target ? "; left as it is" : "");
  }
  return fmt::format("track {}: {:.1f} LUFS, range {:.1f} LU, true peak {:.1f} dBTP{}", name,
                     one.measured->integrated, one.measured->range, one.measured->true_peak,
                     gain_text(one));
}

nlohmann::ordered_json to_json(const NamedFinding& named) {
  const QualityFinding& finding = named.finding;
  nlohmann::ordered_json json = {{"kind", to_string(finding.kind)},
                                 {"start", to_seconds(finding.span.begin)},
                                 {"end", to_seconds(finding.span.end)}};
  if (named.track) json["track"] = *named.track;
  json["detail"] = finding.detail;
  return json;
}

nlohmann::ordered_json to_json(const TrackLoudness& one) {
  nlohmann::ordered_json json = {{"track", one.track}, {"language", one.language}};
  if (one.measured) {
    json["integrated_lufs"] = one.measured->integrated;
    json["range_lu"] = one.measured->range;
    json["true_peak_dbtp"] = one.measured->true_peak;
  }
  if (one.target) {
    json["target_lufs"] = *one.target;
    json["gain_db"] = one.gain;
    json["held_back_by_peak"] = one.is_held_back();
  }
  return json;
}

NamedFinding finding_from(const nlohmann::json& json) {
  NamedFinding named;
  if (json.contains("track")) named.track = json.at("track").get<int>();
  named.finding = {
      parse_quality_kind(json.at("kind").get<std::string>()).value_or(QualityKind::kBlack),
      {from_seconds(json.at("start")), from_seconds(json.at("end"))},
      json.at("detail")};
  return named;
}

TrackLoudness loudness_from(const nlohmann::json& json) {
  TrackLoudness one{json.at("track"), json.at("language"), {}, {}, 0};
  if (json.contains("integrated_lufs")) {
    one.measured =
        Loudness{json.at("integrated_lufs"), json.at("range_lu"), json.at("true_peak_dbtp")};
  }
  if (json.contains("target_lufs")) {
    one.target = json.at("target_lufs").get<double>();
    one.gain = json.at("gain_db");
  }
  return one;
}

}  // namespace

bool TrackLoudness::is_held_back() const {
  return target && measured && measured->integrated + gain < *target - kRounding;
}

void sort_findings(QualityReport& report) {
  std::ranges::stable_sort(report.findings, {}, [](const NamedFinding& one) {
    return std::tuple(one.finding.span.begin, one.track.value_or(0), one.finding.span.end);
  });
}

void print_quality(Console& console, const QualityReport& report) {
  const auto count = report.findings.size();
  if (report.is_checked && count == 0) console.line("  quality    nothing found");
  const auto shown = console.is_verbose() ? count : std::min(count, kFindingsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    console.line("  quality    {}", line_of(report.findings[i]));
  }
  if (count > shown) {
    console.line("  quality    and {} more (-v or --report names each)", count - shown);
  }
  for (const auto& one : report.loudness) console.line("  loudness   {}", line_of(one));
}

nlohmann::ordered_json to_json(const QualityReport& report) {
  auto findings = nlohmann::ordered_json::array();
  for (const auto& one : report.findings) findings.push_back(to_json(one));
  auto loudness = nlohmann::ordered_json::array();
  for (const auto& one : report.loudness) loudness.push_back(to_json(one));
  return {{"checked", report.is_checked},
          {"findings", std::move(findings)},
          {"loudness", std::move(loudness)}};
}

QualityReport quality_report_from(const nlohmann::json& json) {
  QualityReport report;
  report.is_checked = json.at("checked");
  for (const auto& one : json.at("findings")) report.findings.push_back(finding_from(one));
  for (const auto& one : json.at("loudness")) report.loudness.push_back(loudness_from(one));
  return report;
}

}  // namespace subtide
