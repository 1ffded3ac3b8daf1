#include "engine/app/former_work.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "engine/app/layout_review.h"
#include "engine/app/version.h"
#include "engine/base/atomic_file.h"
#include "engine/base/log.h"
#include "engine/speech/output_check.h"
#include "engine/work/store/effect_key.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kJobStage = "job";
constexpr std::string_view kOutputStage = "output";
constexpr std::string_view kTextStage = "text";

std::string key_of(std::string_view stage, std::string input, std::string model,
                   std::map<std::string, std::string> parameters) {
  EffectParts parts;
  parts.input = std::move(input);
  parts.stage = stage;
  parts.model = std::move(model);
  parts.parameters = std::move(parameters);
  parts.pipeline = version();
  return effect_key(parts);
}

Json report_json(const JobReport& report) {
  Json outputs = Json::array();
  for (const OutputNamed& each : report.outputs) {
    outputs.push_back({{"path", each.path},
                       {"format", each.format},
                       {"language", each.language},
                       {"cues", each.cues},
                       {"sha256", each.sha256}});
  }
  Json models = Json::array();
  for (const ModelNamed& each : report.models) {
    models.push_back({each.role, each.spec, each.detail});
  }
  Json gaps = Json::array();
  for (const Gap& each : report.gaps) {
    gaps.push_back({each.span.begin.count(), each.span.end.count(), each.reason});
  }
  Json json = {{"outputs", std::move(outputs)},
               {"gaps", std::move(gaps)},
               {"models", std::move(models)},
               {"processed", report.processed.count()},
               {"speech", report.speech.count()}};
  if (report.media_duration) json["duration"] = report.media_duration->count();
  json["encoder"] = report.encoder;
  json["wall_seconds"] = report.wall_seconds;
  json["notes"] = report.notes;
  json["hints"] = report.hints;
  if (report.quality) json["quality"] = to_json(*report.quality);
  return json;
}

JobReport report_from(const Json& json) {
  JobReport report;
  for (const Json& each : json.at("outputs")) {
    report.outputs.push_back({each.at("path"), each.at("format"), each.at("language"),
                              each.at("cues"), each.at("sha256")});
  }
  for (const Json& each : json.at("models")) {
    report.models.push_back({each.at(0), each.at(1), each.at(2)});
  }
  for (const Json& each : json.at("gaps")) {
    report.gaps.push_back(
        {{MediaTime(each.at(0).get<std::int64_t>()), MediaTime(each.at(1).get<std::int64_t>())},
         each.at(2)});
  }
  if (!report.gaps.empty()) report.ending = Ending::kDegraded;
  report.processed = MediaDuration(json.at("processed").get<std::int64_t>());
  report.speech = MediaDuration(json.at("speech").get<std::int64_t>());
  if (json.contains("duration")) {
    report.media_duration = MediaDuration(json.at("duration").get<std::int64_t>());
  }
  report.encoder = json.value("encoder", "");
  report.wall_seconds = json.value("wall_seconds", 0.0);
  report.notes = json.value("notes", std::vector<std::string>());
  report.hints = json.value("hints", std::vector<std::string>());
  if (json.contains("quality")) report.quality = quality_report_from(json.at("quality"));
  report.was_done = true;
  return report;
}

/// What a playlist names: lines without '#', and URI="…" in those with it.
std::vector<std::string> named_in(const std::string& playlist) {
  std::vector<std::string> names;
  std::istringstream lines(playlist);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kUri = "URI=\"";
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) names.push_back(line);
    const auto begin = line.starts_with('#') ? line.find(kUri) : line.npos;
    if (begin == line.npos) continue;
    const auto value = line.substr(begin + kUri.size());
    names.push_back(value.substr(0, value.find('"')));
  }
  return names;
}

/// A presentation is as good as the files that its playlists name.
bool has_all_files(const fs::path& playlist, int depth = 0) {
  constexpr std::size_t kLargest = 16U << 20U;
  const auto text = read_file(playlist, kLargest);
  if (!text) return false;
  return std::ranges::all_of(named_in(*text), [&](const std::string& name) {
    const fs::path file = playlist.parent_path() / name;
    std::error_code unknown;
    if (depth == 0 && file.extension() == ".m3u8") return has_all_files(file, depth + 1);
    return fs::is_regular_file(file, unknown);
  });
}

bool is_intact(const OutputNamed& output) {
  const auto sum = sha256_of_file(output.path);
  if (!sum || *sum != output.sha256) return false;
  return output.format != "hls" || has_all_files(output.path);
}

std::string output_key(std::string_view job_key, const std::string& path, const std::string& sum) {
  std::error_code unknown;
  return key_of(kOutputStage, sum, "",
                {{"job", std::string(job_key)},
                 {"path", fs::absolute(path, unknown).lexically_normal().string()}});
}

}  // namespace

FormerWork::FormerWork(Sources sources, const SubtitleOptions& options, std::stop_token stop)
    : sources_(std::move(sources)),
      models_(sources_.models, sources_.identities),
      options_(options),
      stop_(std::move(stop)) {}

std::optional<std::string> FormerWork::job_key(const JobTask& task) {
  if (task.item.kind == InputKind::kUrl || task.names.conflict) return std::nullopt;
  auto input = content_of(task.item.path);
  auto models = all_models();
  if (!input || !models) return std::nullopt;
  auto parameters = this->parameters(task);
  if (options_.glossary) {
    auto glossary = content_of(*options_.glossary);
    if (!glossary) return std::nullopt;
    parameters["glossary"] = *std::move(glossary);
  }
  return key_of(kJobStage, *std::move(input), *std::move(models), std::move(parameters));
}

std::optional<JobReport> FormerWork::finished_job(const std::string& job_key, const JobTask& task) {
  const auto found = find(job_key);
  if (!found) return std::nullopt;
  try {
    JobReport report = report_from(Json::parse(*found));
    report.input = task.item.name;
    if (!std::ranges::all_of(report.outputs, is_intact)) return std::nullopt;
    return report;
  } catch (const Json::exception& error) {
    log_warning("a finished job does not read and is done again: {}", error.what());
    return std::nullopt;
  }
}

/// Gaps that another try would leave too, words that were not believed, are no reason for one.
void FormerWork::keep_finished(const std::string& job_key, const JobTask& task,
                               const JobReport& report) {
  const bool is_final = report.ending == Ending::kDone ||
                        (report.ending == Ending::kDegraded && report.reasons.empty() &&
                         std::ranges::all_of(report.gaps, is_disbelieved));
  if (!is_final) return;
  keep(job_key, kJobStage, &task, report_json(report).dump());
}

void FormerWork::keep_written(std::string_view job_key, const OutputNamed& output) {
  if (output.sha256.empty()) return;
  keep(output_key(job_key, output.path, output.sha256), kOutputStage, nullptr, "{}");
}

bool FormerWork::has_written(std::string_view job_key, const fs::path& path) {
  const auto sum = sha256_of_file(path);
  return sum && find(output_key(job_key, path.string(), *sum)).has_value();
}

std::optional<TextRecord> FormerWork::text(const JobTask& task, const std::string& settings) {
  const auto key = options_.fresh ? std::nullopt : text_key(task, settings);
  const auto found = key ? find(*key) : std::nullopt;
  if (!found) return std::nullopt;
  auto record = text_record_from_json(*found);
  if (record) return *std::move(record);
  log_warning("the kept text of {} is made again: {}", task.item.name, record.error().message);
  return std::nullopt;
}

void FormerWork::keep_text(const JobTask& task, const std::string& settings,
                           const TextRecord& record) {
  if (const auto key = text_key(task, settings)) keep(*key, kTextStage, &task, to_json(record));
}

std::optional<std::string> FormerWork::content_of(const fs::path& path) {
  auto identity = sources_.identities.identify(path, std::chrono::system_clock::now(), stop_);
  if (identity) return std::move(identity->sha256);
  log_info("{}: {}", path.string(), identity.error().message);
  return std::nullopt;
}

std::optional<std::string> FormerWork::identity_of(ModelRole role, const std::string& spec,
                                                   const std::string& target_language) {
  ModelOptions options;
  options.language = options_.language;
  options.target_language = target_language;
  return models_.of(role, spec, options, stop_);
}

std::optional<std::string> FormerWork::all_models() {
  std::vector<std::string> all;
  const auto add = [&](ModelRole role, const std::string& spec, const std::string& target) {
    auto identity = identity_of(role, spec, target);
    if (identity) all.push_back(*std::move(identity));
    return identity.has_value();
  };
  bool are_known = add(ModelRole::kDetector, options_.detector, "") &&
                   add(ModelRole::kRecognizer, options_.recognizer, "");
  for (const std::string& target : options_.translate) {
    are_known = are_known && add(ModelRole::kTranslator, options_.translator, target);
  }
  if (!are_known) return std::nullopt;
  return fmt::format("{}", fmt::join(all, "\n"));
}

/// All that decides what is written, and where. How much is done at once does not.
std::map<std::string, std::string> FormerWork::parameters(const JobTask& task) const {
  std::vector<std::string_view> formats;
  for (const SidecarFormat format : options_.formats) formats.push_back(to_string(format));
  std::error_code unknown;
  const auto length = options_.duration ? options_.duration->count() : -1;
  return {{"formats", fmt::format("{}", fmt::join(formats, ","))},
          {"language", options_.language},
          {"translate", fmt::format("{}", fmt::join(options_.translate, ","))},
          {"style", options_.style},
          {"profanity", options_.profanity},
          {"preview", options_.preview ? "yes" : "no"},
          {"relayout", options_.relayout ? "yes" : "no"},
          {"track", options_.audio_track},
          {"range", fmt::format("{} {}", options_.start.count(), length)},
          {"offset", std::to_string(options_.time_offset.count())},
          {"graph", sources_.graph},
          {"name", task.item.name},
          {"output",
           fs::absolute(task.names.folder / task.names.stem, unknown).lexically_normal().string()}};
}

std::optional<std::string> FormerWork::text_key(const JobTask& task, const std::string& settings) {
  if (task.item.kind != InputKind::kMedia) return std::nullopt;
  auto input = content_of(task.item.path);
  const auto detector = identity_of(ModelRole::kDetector, options_.detector, "");
  const auto recognizer = identity_of(ModelRole::kRecognizer, options_.recognizer, "");
  if (!input || !detector || !recognizer) return std::nullopt;
  return key_of(kTextStage, *std::move(input), *detector + "\n" + *recognizer,
                {{"settings", settings}, {"language", options_.language}});
}

std::optional<std::string> FormerWork::find(const std::string& key) {
  auto found = sources_.effects->find(key);
  if (!found) log_warning("the store of results: {}", found.error().message);
  if (!found || !*found) return std::nullopt;
  return std::move((*found)->json);
}

void FormerWork::keep(const std::string& key, std::string_view stage, const JobTask* task,
                      std::string json) {
  Effect effect;
  effect.key = key;
  effect.stage = stage;
  if (task != nullptr) effect.job = task->id;
  effect.json = std::move(json);
  effect.time = std::chrono::system_clock::now();
  const auto kept = sources_.effects->put(effect);
  if (!kept) log_warning("a result is not kept: {}", kept.error().message);
}

}  // namespace subtide
