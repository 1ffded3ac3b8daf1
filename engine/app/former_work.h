#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/app/job_report.h"
#include "engine/app/job_surroundings.h"
#include "engine/app/subtitle_options.h"
#include "engine/pipeline/text_record.h"
#include "engine/speech/ports.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/input_identity.h"

namespace subtide {

/// What earlier runs did of the same jobs: finished ones, files they wrote, and the text of inputs.
///
/// A job is the same when input, models, options and output names are; inputs and model files are
/// known by their content. URLs have no former work: what they hold can change.
///
/// Owner:   the batch. Threads: the batch's own.
/// Errors:  none: what cannot be found or kept is done anew; the log says why.
class FormerWork {
 public:
  struct Sources {
    std::shared_ptr<EffectStore> effects;
    InputIdentities identities;
    std::shared_ptr<ModelProvider> models;
    std::string graph;  ///< the graph file's text
  };
  FormerWork(Sources sources, const SubtitleOptions& options, std::stop_token stop);

  /// Names the job of this task; nothing when it cannot be known again.
  std::optional<std::string> job_key(const JobTask& task);

  /// How the job ended, when all it wrote is still there as it was.
  std::optional<JobReport> finished_job(const std::string& job_key, const JobTask& task);
  /// Unless another try could do better.
  void keep_finished(const std::string& job_key, const JobTask& task, const JobReport& report);

  /// Files of this content were written by the job; `job_key` may be any name for what writes.
  void keep_written(std::string_view job_key, const OutputNamed& output);
  bool has_written(std::string_view job_key, const std::filesystem::path& path);

  /// What `settings` make of the task's input. See Session::text_settings().
  std::optional<TextRecord> text(const JobTask& task, const std::string& settings);
  void keep_text(const JobTask& task, const std::string& settings, const TextRecord& record);

 private:
  std::optional<std::string> content_of(const std::filesystem::path& path);
  std::optional<std::string> identity_of(ModelRole role, const std::string& spec,
                                         const std::string& target_language);
  std::optional<std::string> all_models();
  std::map<std::string, std::string> parameters(const JobTask& task) const;
  std::optional<std::string> text_key(const JobTask& task, const std::string& settings);
  std::optional<std::string> find(const std::string& key);
  void keep(const std::string& key, std::string_view stage, const JobTask* task, std::string json);

  Sources sources_;
  const SubtitleOptions& options_;
  const std::stop_token stop_;
};

}  // namespace subtide
