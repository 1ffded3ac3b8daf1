// subtide subtitle: reads the options; subtitle_batch.h does the work.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "engine/app/command.h"
#include "engine/app/option_sources.h"
#include "engine/app/subtitle_batch.h"
#include "engine/app/subtitle_options.h"
#include "engine/app/time_option.h"

namespace subtide {
namespace {

constexpr const char* kExample =
    "  subtide subtitle talk.mp4 --translate es,it --formats srt,vtt --preview\n"
    "  subtide subtitle talks/ -o subtitles\n"
    "  subtide subtitle talk.en.srt --formats vtt --time-offset -1.5\n";

/// Option values as typed; SubtitleOptions holds those that need no reading.
struct TypedOptions {
  SubtitleOptions options;
  std::string output;
  std::vector<std::string> formats = {"srt", "vtt"};
  int lanes = 0;
  std::string start;
  std::string duration;
  std::string time_offset;
  std::string report;
  std::string graph;
  std::string state;
  std::string config;
  bool quiet = false;
  bool verbose = false;
};

void add_input_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("input", typed.options.inputs,
                 "Media files, folders, globs, http(s) URLs, subtitle files; '-' reads a list")
      ->required();
  app.add_option("--audio-track", typed.options.audio_track, "Which sound: a number or a language")
      ->type_name("N|LANG");
  app.add_option("--start", typed.start, "Where to begin, in media time")->type_name("TIME");
  app.add_option("--duration", typed.duration, "How much to work on")->type_name("TIME");
}

void add_output_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("-o,--output", typed.output, "Folder for the files (default: beside the input)")
      ->type_name("DIR");
  app.add_option("--formats", typed.formats, "srt, vtt, ttml, ass, json (default: srt,vtt)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_flag("--preview", typed.options.preview,
               "Also a web page that plays the media with the subtitles");
  app.add_flag("--force", typed.options.force, "Replace files that exist");
  app.add_option("--time-offset", typed.time_offset, "Move all cues by this")->type_name("TIME");
  app.add_option("--report", typed.report, "Write how it went as JSON")->type_name("FILE");
  app.add_flag("--json", typed.options.json, "Events as JSON lines on standard output");
}

void add_work_options(CLI::App& app, TypedOptions& typed) {
  app.add_flag("--relayout", typed.options.relayout,
               "Subtitle files: break all lines and cues anew");
  app.add_option("--lanes", typed.lanes, "Windows recognised at once (default: by the cores)")
      ->type_name("N");
  app.add_option("--workers", typed.options.workers,
                 "Recognise in so many processes, translate in others; one that dies costs nothing "
                 "(default: none)")
      ->check(CLI::Range(0, 64))
      ->type_name("N");
  app.add_flag("--fresh", typed.options.fresh, "Do all work anew, whatever was done before");
  app.add_option("--state", typed.state, "Where results are kept for the next run; none: nowhere")
      ->type_name("DIR");
  app.add_option("--graph", typed.graph, "Run this graph instead of the built-in one")
      ->type_name("FILE");
  app.add_option("--config", typed.config, "Read options from this file")->type_name("FILE");
  app.add_flag("-q,--quiet", typed.quiet, "Only errors");
  app.add_flag("-v,--verbose", typed.verbose, "Each gap and each rule that a cue does not meet");
}

Status read_formats(TypedOptions& typed) {
  typed.options.formats.clear();
  for (const auto& name : typed.formats) {
    const auto format = parse_sidecar_format(name);
    if (!format) return make_error(format.error().code, "--formats: {}", format.error().message);
    if (std::ranges::find(typed.options.formats, *format) == typed.options.formats.end()) {
      typed.options.formats.push_back(*format);
    }
  }
  return ok();
}

Status read_time(const std::string& text, const char* option, MediaTime& time) {
  if (text.empty()) return ok();
  const auto value = parse_time(text);
  if (!value) return make_error(value.error().code, "{}: {}", option, value.error().message);
  time = *value;
  return ok();
}

Status read_times(TypedOptions& typed) {
  auto& options = typed.options;
  if (const auto read = read_time(typed.start, "--start", options.start); !read) return read;
  if (const auto read = read_time(typed.time_offset, "--time-offset", options.time_offset); !read) {
    return read;
  }
  if (options.start < MediaTime::zero()) {
    return make_error(ErrorCode::kInvalidArgument, "--start: must not be negative");
  }
  if (typed.duration.empty()) return ok();
  MediaDuration duration{0};
  if (const auto read = read_time(typed.duration, "--duration", duration); !read) return read;
  if (duration <= MediaDuration::zero()) {
    return make_error(ErrorCode::kInvalidArgument, "--duration: must be more than nothing");
  }
  options.duration = duration;
  return ok();
}

Status read_choices(TypedOptions& typed) {
  auto& options = typed.options;
  if (const auto checked = check_speech_options(options); !checked) return checked;
  if (typed.lanes < 0 || typed.lanes > 64) {
    return make_error(ErrorCode::kInvalidArgument, "--lanes: 1 to 64");
  }
  if (typed.lanes > 0) options.lanes = typed.lanes;
  if (typed.quiet && typed.verbose) {
    return make_error(ErrorCode::kInvalidArgument, "-q and -v exclude each other");
  }
  if (typed.quiet) options.verbosity = Verbosity::kQuiet;
  if (typed.verbose) options.verbosity = Verbosity::kVerbose;
  return ok();
}

Result<SubtitleOptions> read_options(TypedOptions& typed) {
  for (const auto& read : {read_formats(typed), read_times(typed), read_choices(typed)}) {
    if (!read) return read.error();
  }
  const auto path = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::filesystem::path>(text);
  };
  typed.options.output = path(typed.output);
  typed.options.report = path(typed.report);
  typed.options.graph = path(typed.graph);
  typed.options.state = path(typed.state);
  return typed.options;
}

ExitCode run(CLI::App& app, TypedOptions& typed, std::stop_token stop) {
  const auto config =
      typed.config.empty() ? std::nullopt : std::optional<std::filesystem::path>(typed.config);
  Result<SubtitleOptions> options = SubtitleOptions{};
  if (const auto filled = fill_from_sources(app, config); !filled) {
    options = filled.error();
  } else {
    options = read_options(typed);
  }
  if (!options) {
    Console(Verbosity::kNormal).error("subtide: {}", options.error().message);
    return ExitCode::kUsage;
  }
  return run_subtitle_batch(*options, std::cin, std::move(stop));
}

}  // namespace

Command add_subtitle_command(CLI::App& program) {
  const auto typed = std::make_shared<TypedOptions>();
  CLI::App* app = program.add_subcommand("subtitle", "Makes subtitle files from media files");
  add_input_options(*app, *typed);
  add_speech_options(*app, typed->options);
  add_output_options(*app, *typed);
  add_work_options(*app, *typed);
  return {app, kExample,
          [app, typed](std::stop_token stop) { return run(*app, *typed, std::move(stop)); }};
}

}  // namespace subtide
