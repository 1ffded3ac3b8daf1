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
#include "engine/app/transcode_manifest.h"
#include "engine/app/transcode_options.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide transcode talk.mp4 -o out --ladder 720p,360p --package hls --translate es\n"
    "  subtide transcode archive/ -o out --package mp4 --subtitles embed,sidecar\n"
    "  subtide transcode talk.mov -o out --subtitles none --crf 20\n";

class TranscodeWork : public BatchWork {
 public:
  /// One part for each; they are not empty.
  explicit TranscodeWork(std::vector<TranscodeOptions> parts) : parts_(std::move(parts)) {}

  Status prepare() override {
    auto graph = transcode_graph();
    if (!graph) return graph.error();
    graph_ = *std::move(graph);
    return ok();
  }

  std::size_t parts() const override { return parts_.size(); }
  const SubtitleOptions& options(std::size_t part) const override { return parts_[part].common; }
  std::string identity(std::size_t part) const override { return identity_of(parts_[part]); }

  std::vector<fs::path> known_outputs(const JobTask& task) const override {
    return known_transcodes(task, parts_[task.part]);
  }

  std::vector<fs::path> existing_outputs(const JobTask& task) const override {
    return existing_transcodes(task, parts_[task.part]);
  }

  JobReport run(const JobSurroundings& around, const JobTask& task) override {
    TranscodeOptions options = parts_[task.part];
    options.common = around.options;
    return run_transcode_job(around, *graph_, options, task);
  }

 private:
  const std::vector<TranscodeOptions> parts_;
  std::optional<GraphSpec> graph_;
};

ExitCode refuse(const Error& error) {
  Console(Verbosity::kNormal).error("subtide: {}", error.message);
  return ExitCode::kUsage;
}

ExitCode run(CLI::App& app, const TranscodeArguments& arguments, std::stop_token stop) {
  const auto config =
      arguments.config.empty() ? std::nullopt : std::optional<fs::path>(arguments.config);
  if (const auto filled = fill_from_sources(app, config); !filled) return refuse(filled.error());
  auto parts = read_transcode_parts(arguments);
  if (!parts) return refuse(parts.error());
  const SubtitleOptions common = parts->front().common;
  TranscodeWork work(*std::move(parts));
  const BatchOptions how{arguments.jobs, arguments.watch, arguments.dry_run};
  return run_media_batch(work, common, how, std::cin, std::move(stop));
}

}  // namespace

Command add_transcode_command(CLI::App& program) {
  const auto arguments = std::make_shared<TranscodeArguments>();
  CLI::App* app = program.add_subcommand(
      "transcode", "Makes streamable, captioned files or HLS from media files");
  app->add_option(
         "input", arguments->options.common.inputs,
         "Media files, folders, globs, http(s) URLs, manifests (.json, .csv); '-' reads a list")
      ->required();
  add_job_options(*app, *arguments);
  add_run_options(*app, *arguments);
  return {app, kExample, [app, arguments](std::stop_token stop) {
            return run(*app, *arguments, std::move(stop));
          }};
}

}  // namespace subtide
