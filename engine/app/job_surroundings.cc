#include "engine/app/job_surroundings.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/app/former_work.h"
#include "engine/app/layout_review.h"
#include "engine/app/preview_page.h"
#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

Status write_preview(const JobSurroundings& around, const JobTask& task, PreviewPage page,
                     JobReport& report) {
  const fs::path path = task.names.preview();
  const auto if_exists =
      around.options.force ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
  if (const auto written = write_file_atomically(path, render_preview(page), if_exists); !written) {
    return written;
  }
  add_output(around, task, report, {path.string(), "preview", "", 0, ""});
  return ok();
}

/// The spoken language first, then as they were asked for: files finish in any order.
void sort_outputs(const SubtitleOptions& options, std::vector<OutputNamed>& outputs) {
  const auto place = [&](const OutputNamed& output) {
    const auto language = std::ranges::find(options.translate, output.language);
    const auto format = std::ranges::find(options.formats, output.format,
                                          [](SidecarFormat each) { return to_string(each); });
    const auto order = language == options.translate.end() ? std::ptrdiff_t{-1}
                                                           : language - options.translate.begin();
    return std::pair(order, format - options.formats.begin());
  };
  std::ranges::stable_sort(outputs, {}, place);
}

std::vector<std::string> model_facts(const JobReport& report) {
  std::vector<std::string> facts;
  for (const auto& model : report.models) facts.push_back(model.role + ": " + model.spec);
  return facts;
}

std::string media_name(const JobTask& task, const std::string& media_source) {
  if (task.item.kind == InputKind::kMedia) return task.item.path.filename().string();
  return media_source.substr(media_source.rfind('/') + 1);
}

}  // namespace

std::vector<fs::path> known_sidecars(const JobTask& task, const SubtitleOptions& options) {
  std::vector<std::string> languages = options.translate;
  if (!task.names.language_in_name.empty()) {
    languages.insert(languages.begin(), task.names.language_in_name);
  } else if (options.language != "auto") {
    languages.insert(languages.begin(), options.language);
  }
  std::vector<fs::path> paths;
  for (const auto& language : languages) {
    for (const auto format : options.formats) {
      paths.push_back(task.names.sidecar(language, to_string(format)));
    }
  }
  if (options.preview) paths.push_back(task.names.preview());
  return paths;
}

std::vector<fs::path> existing_sidecars(const JobTask& task, const SubtitleOptions& options) {
  const fs::path folder = task.names.folder.empty() ? fs::path(".") : task.names.folder;
  const std::string stem = task.names.stem + ".";
  const auto is_wanted = [&](const fs::path& path) {
    const auto format = sidecar_format_of(path);
    return format && std::ranges::find(options.formats, *format) != options.formats.end();
  };
  std::vector<fs::path> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stem) || !is_wanted(entry.path())) continue;
    const std::string middle = entry.path().stem().string().substr(stem.size() - 1);
    if (middle.size() > 1 && is_known_language(middle.substr(1))) found.push_back(entry.path());
  }
  if (options.preview && fs::exists(task.names.preview(), failure)) {
    found.push_back(task.names.preview());
  }
  return found;
}

Status make_output_folder(const OutputNames& names) {
  if (names.folder.empty()) return ok();
  std::error_code failure;
  fs::create_directories(names.folder, failure);
  if (!failure || fs::is_directory(names.folder)) return ok();
  const bool is_denied = failure == std::errc::permission_denied;
  return make_error(is_denied ? ErrorCode::kDenied : ErrorCode::kIo,
                    "{}: the folder cannot be made: {}", names.folder.string(), failure.message());
}

void add_output(const JobSurroundings& around, const JobTask& task, JobReport& report,
                OutputNamed output) {
  if (output.sha256.empty() && (around.events.is_on() || around.options.report)) {
    if (auto sum = sha256_of_file(output.path)) output.sha256 = *std::move(sum);
  }
  if (around.former != nullptr && around.job_key) {
    around.former->keep_written(*around.job_key, output);
  }
  around.events.emit(task.id, OutputFinished{output});
  report.outputs.push_back(std::move(output));
}

Status finish_outputs(const JobSurroundings& around, const JobTask& task,
                      const std::string& media_source, bool is_video, double frame_rate,
                      JobReport& report) {
  sort_outputs(around.options, report.outputs);
  auto written = read_back(report.outputs);
  if (!written) return written.error();
  PreviewPage page{task.names.stem,     media_name(task, media_source),
                   media_source,        is_video,
                   model_facts(report), {}};
  for (auto& language : *written) {
    const auto review = review_layout(language, around.options.style, frame_rate);
    if (!review) return review.error();
    report.layout.push_back(*review);
    for (const auto& cue : language.cues) around.events.emit(task.id, CueEmitted{cue, {}});
    page.languages.push_back({language.language, std::move(language.cues)});
  }
  if (!around.options.preview) return ok();
  if (media_source.empty()) {
    report.hints.push_back("no preview page: there is no media file beside the subtitle file");
    return ok();
  }
  return write_preview(around, task, std::move(page), report);
}

void fail(JobReport& report, Ending ending, Error error) {
  report.ending = ending;
  report.error = std::move(error);
}

}  // namespace subtide
