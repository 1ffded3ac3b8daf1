#include "engine/app/sidecar_job.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

#include "engine/app/cue_edit.h"
#include "engine/app/cue_translation.h"
#include "engine/app/preview_page.h"
#include "engine/base/atomic_file.h"
#include "engine/subtitles/layout_rules.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestSidecar = 64U << 20U;
constexpr double kFrameRate = 25.0;
constexpr std::array<std::string_view, 14> kSoundExtensions = {
    ".aac", ".ac3", ".aiff", ".flac", ".m4a", ".m4b", ".mka",
    ".mp3", ".oga", ".ogg",  ".opus", ".wav", ".wma", ".wv"};

/// The media that a subtitle file belongs to: of the same stem, in the same folder.
std::optional<fs::path> media_beside(const fs::path& file, const std::string& stem) {
  std::error_code failure;
  const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const auto& path = entry.path();
    const bool is_same = path.stem() == stem || path.filename() == stem;
    if (is_same && has_media_extension(path)) found.push_back(path);
  }
  if (found.empty()) return std::nullopt;
  return *std::ranges::min_element(found);
}

class SidecarJob {
 public:
  SidecarJob(const JobSurroundings& around, const JobTask& task)
      : around_(around), options_(around.options), task_(task) {
    report_.input = task.item.name;
    report_.is_media = false;
  }

  JobReport run() {
    const auto start = Clock::now();
    if (const auto worked = work(); !worked) {
      const bool is_stopped = around_.stop.stop_requested();
      fail(report_, is_stopped ? Ending::kInterrupted : ending_, worked.error());
    } else if (!report_.reasons.empty()) {
      report_.ending = Ending::kDegraded;
    }
    report_.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(report_);
  }

 private:
  Status work() {
    if (const auto read = read_input(); !read) return read;
    if (const auto edited = edit(); !edited) return edited;
    if (const auto checked = check_targets(); !checked) return checked;
    if (const auto made = make_output_folder(task_.names); !made) return made;
    if (const auto written = write_language(language_, cues_, sidecar_.header.models, {});
        !written) {
      return written;
    }
    for (const auto& target : options_.translate) {
      if (const auto translated = translate(target); !translated) return translated;
    }
    if (report_.outputs.empty()) return nothing_to_do();
    return finish();
  }

  Status edit() {
    const auto edits = load_cue_edits(options_);
    if (!edits) return edits.error();
    auto edited = edit_cues(std::move(cues_), *edits);
    if (!edited) return edited.error();
    cues_ = *std::move(edited);
    is_edited_ = edits->is_any();
    return ok();
  }

  /// Before anything is written: can each language be translated to?
  Status check_targets() const {
    for (const auto& target : options_.translate) {
      if (target == language_) {
        return make_error(ErrorCode::kInvalidArgument,
                          "{}: is in '{}' already; translate to another", task_.item.name, target);
      }
      if (language_ == "und") {
        return make_error(ErrorCode::kInvalidArgument,
                          "{}: its language is not known; give --language", task_.item.name);
      }
      ModelOptions model;
      model.language = language_;
      model.target_language = target;
      const auto translator = around_.models->translator(options_.translator, model);
      if (!translator) return translator.error();
    }
    return ok();
  }

  Status read_input() {
    const auto bytes = read_file(task_.item.path, kLargestSidecar);
    if (!bytes) return unreadable(bytes.error());
    auto sidecar = read_sidecar(*sidecar_format_of(task_.item.path), *bytes);
    if (!sidecar) {
      return unreadable(
          make_error(sidecar.error().code, "{}: {}", task_.item.name, sidecar.error().message));
    }
    sidecar_ = *std::move(sidecar);
    language_ = choose_language();
    cues_ = std::move(sidecar_.cues);
    for (auto& cue : cues_) cue.language = language_;
    return ok();
  }

  Error unreadable(Error error) {
    ending_ = ending_of_input_error(error.code);
    return error;
  }

  std::string choose_language() const {
    if (options_.language != "auto") return options_.language;
    if (!sidecar_.header.language.empty() && sidecar_.header.language != "und") {
      return sidecar_.header.language;
    }
    return task_.names.language_in_name.empty() ? "und" : task_.names.language_in_name;
  }

  Status translate(const std::string& target) {
    auto translated = translate_cues(
        cues_, {language_, target, options_.translator, options_.style, options_.glossary},
        *around_.models, around_.stop);
    if (!translated) return translated.error();
    const ModelNamed model{"translator:" + target, translated->model.spec,
                           translated->model.detail};
    report_.models.push_back(model);
    around_.events.emit(task_.id, ModelLoaded{model});
    for (const auto& reason : translated->reasons) report_.reasons.push_back(reason);
    report_.gaps.insert(report_.gaps.end(), translated->gaps.begin(), translated->gaps.end());
    auto models = sidecar_.header.models;
    models["translator"] = translated->model.spec;
    return write_language(target, translated->cues, models, translated->gaps);
  }

  Status write_language(const std::string& language, const std::vector<Cue>& cues,
                        const std::map<std::string, std::string>& models,
                        const std::vector<Gap>& gaps) {
    SidecarHeader header = sidecar_.header;
    header.language = language;
    header.models = models;
    SidecarFooter footer = sidecar_.footer;
    footer.gaps.insert(footer.gaps.end(), gaps.begin(), gaps.end());
    for (const auto format : options_.formats) {
      if (around_.stop.stop_requested()) {
        return make_error(ErrorCode::kUnavailable, "{}: interrupted", task_.item.name);
      }
      const auto path = task_.names.sidecar(language, to_string(format));
      if (is_input(path)) {
        if (!is_edited_) continue;
        return make_error(
            ErrorCode::kAlreadyExists,
            "{}: would be replaced by its own edited copy; give another folder with -o",
            path.string());
      }
      if (const auto written = write_one(path, format, header, cues, footer); !written) {
        return written;
      }
    }
    return ok();
  }

  Status write_one(const fs::path& path, SidecarFormat format, const SidecarHeader& header,
                   const std::vector<Cue>& cues, const SidecarFooter& footer) {
    const auto if_exists =
        options_.force ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
    const std::string text = write_sidecar(format, header, cues, footer);
    const auto written = write_file_atomically(path, text, if_exists);
    if (!written) return written;
    add_output(around_, task_, report_,
               {path.string(), std::string(to_string(format)), header.language, cues.size(), ""});
    return ok();
  }

  bool is_input(const fs::path& path) const {
    std::error_code failure;
    return fs::equivalent(path, task_.item.path, failure) && !failure;
  }

  Status nothing_to_do() const {
    return make_error(ErrorCode::kAlreadyExists,
                      "{}: nothing to do: it is in this format and language already",
                      task_.item.name);
  }

  Status finish() {
    const auto media = media_beside(task_.item.path, task_.names.stem);
    const bool is_sound =
        media &&
        std::ranges::find(kSoundExtensions, media->extension().string()) != kSoundExtensions.end();
    return finish_outputs(around_, task_,
                          media ? relative_url(*media, task_.names.folder) : std::string(),
                          !is_sound, kFrameRate, report_);
  }

  const JobSurroundings& around_;
  const SubtitleOptions& options_;
  const JobTask& task_;
  JobReport report_;
  Ending ending_ = Ending::kFailed;
  Sidecar sidecar_;
  std::string language_;
  std::vector<Cue> cues_;
  bool is_edited_ = false;
};

}  // namespace

JobReport run_sidecar_job(const JobSurroundings& around, const JobTask& task) {
  return SidecarJob(around, task).run();
}

}  // namespace subtide
