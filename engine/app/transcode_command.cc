// subtide transcode: transcode_arguments.h has the options; media_batch.h and transcode_job.h do
// the work.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include "engine/app/command.h"
#include "engine/app/media_batch.h"
#include "engine/app/option_sources.h"
#include "engine/app/transcode_arguments.h"
#include "engine/app/transcode_graph.h"
#include "engine/app/transcode_job.h"
#include "engine/app/transcode_options.h"

namespace subtide {
namespace {

constexpr const char* kExample =
    "  subtide transcode talk.mp4 -o out --ladder 720p,360p --package hls --translate es\n"
    "  subtide transcode archive/ -o out --package mp4 --subtitles embed,sidecar\n"
    "  subtide transcode talk.mov -o out --subtitles none --crf 20\n";

class TranscodeWork : public BatchWork {
 public:
  explicit TranscodeWork(TranscodeOptions options) : options_(std::move(options)) {}

  Status prepare() override {
    auto graph = transcode_graph();
    if (!graph) return graph.error();
    graph_ = *std::move(graph);
    return ok();
  }

  std::string identity() const override { return identity_of(options_); }

  std::vector<std::filesystem::path> known_outputs(const JobTask& task,
                                                   const SubtitleOptions&) const override {
    return known_transcodes(task, options_);
  }

  std::vector<std::filesystem::path> existing_outputs(
      const JobTask& task, const SubtitleOptions& options) const override {
    std::vector<std::filesystem::path> found;
    if (options_.subtitles.writes_sidecars) found = existing_sidecars(task, options);
    for (const auto& path : known_transcodes(task, options_)) {
      std::error_code unknown;
      if (std::filesystem::exists(path, unknown)) found.push_back(path);
    }
    return found;
  }

  JobReport run(const JobSurroundings& around, const JobTask& task) override {
    return run_transcode_job(around, *graph_, options_, task);
  }

 private:
  const TranscodeOptions options_;
  std::optional<GraphSpec> graph_;
};

ExitCode run(CLI::App& app, const TranscodeArguments& arguments, std::stop_token stop) {
  const auto config = arguments.config.empty()
                          ? std::nullopt
                          : std::optional<std::filesystem::path>(arguments.config);
  const auto filled = fill_from_sources(app, config);
  auto options = filled ? read_transcode_options(arguments) : filled.error();
  if (!options) {
    Console(Verbosity::kNormal).error("subtide: {}", options.error().message);
    return ExitCode::kUsage;
  }
  const SubtitleOptions common = options->common;
  TranscodeWork work(*std::move(options));
  return run_media_batch(work, common, std::cin, std::move(stop));
}

}  // namespace

Command add_transcode_command(CLI::App& program) {
  const auto arguments = std::make_shared<TranscodeArguments>();
  CLI::App* app = program.add_subcommand(
      "transcode", "Makes streamable, captioned files or HLS from media files");
  app->add_option("input", arguments->options.common.inputs,
                  "Media files, folders, globs, http(s) URLs; '-' reads a list")
      ->required();
  add_job_options(*app, *arguments);
  add_run_options(*app, *arguments);
  return {app, kExample, [app, arguments](std::stop_token stop) {
            return run(*app, *arguments, std::move(stop));
          }};
}

}  // namespace subtide
