// subtide transcode: reads the options; media_batch.h and transcode_job.h do the work.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "engine/app/command.h"
#include "engine/app/embedded.h"
#include "engine/app/media_batch.h"
#include "engine/app/option_sources.h"
#include "engine/app/time_option.h"
#include "engine/app/transcode_graph.h"
#include "engine/app/transcode_job.h"
#include "engine/app/transcode_options.h"

namespace subtide {
namespace {

constexpr const char* kExample =
    "  subtide transcode talk.mp4 -o out --ladder 720p,360p --package hls --translate es\n"
    "  subtide transcode archive/ -o out --package mp4 --subtitles embed,sidecar\n"
    "  subtide transcode talk.mov -o out --subtitles none --crf 20\n";

/// Option values as typed; TranscodeOptions holds those that need no reading.
struct TypedOptions {
  TranscodeOptions options;
  std::string output;
  std::string ladder;
  std::string video_codec = "h264";
  std::string audio_codec = "aac";
  std::string package = "mp4";
  std::vector<std::string> subtitles = {"embed"};
  std::vector<std::string> formats = {"srt"};
  std::string segment = "6";
  int crf = -1;
  int bitrate = 0;
  int audio_bitrate = 0;
  int lanes = 0;
  std::string report;
  std::string state;
  std::string config;
  bool quiet = false;
  bool verbose = false;
};

void add_picture_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("--ladder", typed.ladder,
                 "Picture sizes: 1080p,720p,480p, or a ladder file (default: the source's own)")
      ->type_name("NAMES|FILE");
  app.add_option("--video-codec", typed.video_codec, "h264, h265, av1, vp9 (default: h264)")
      ->type_name("CODEC");
  app.add_option("--crf", typed.crf, "Constant quality, smaller is better (default: the codec's)")
      ->check(CLI::Range(0, 63))
      ->type_name("N");
  app.add_option("--bitrate", typed.bitrate, "Video rate without a ladder, kb/s")
      ->check(CLI::Range(50, 100'000))
      ->type_name("KBPS");
}

void add_output_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("-o,--output", typed.output, "Folder for the files (default: beside the input)")
      ->type_name("DIR");
  app.add_option("--package", typed.package, "mp4, mkv, hls; none: sidecars alone (default: mp4)")
      ->type_name("KIND");
  app.add_option("--audio-codec", typed.audio_codec, "aac, opus (default: aac)")
      ->type_name("CODEC");
  app.add_option("--audio-bitrate", typed.audio_bitrate, "Of each sound track, kb/s (default: 128)")
      ->check(CLI::Range(16, 512))
      ->type_name("KBPS");
  app.add_option("--subtitles", typed.subtitles,
                 "embed (inside the package), sidecar (files), or none (default: embed)")
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option("--formats", typed.formats, "Sidecars: srt, vtt, ttml, ass, json (default: srt)")
      ->delimiter(',')
      ->expected(1, 5)
      ->type_name("LIST");
  app.add_option("--segment", typed.segment, "Length of HLS segments (default: 6 s)")
      ->type_name("TIME");
  app.add_flag("--force", typed.options.common.force, "Replace files that exist");
  app.add_option("--report", typed.report, "Write how it went as JSON")->type_name("FILE");
  app.add_flag("--json", typed.options.common.json, "Events as JSON lines on standard output");
}

void add_work_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("--audio-track", typed.options.common.audio_track,
                 "Which sound is written down: a number or a language")
      ->type_name("N|LANG");
  app.add_option("--lanes", typed.lanes, "Windows recognised at once (default: by the cores)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_option("--workers", typed.options.common.workers,
                 "Recognise in so many processes (default: none)")
      ->check(CLI::Range(0, 64))
      ->type_name("N");
  app.add_flag("--fresh", typed.options.common.fresh, "Do all work anew, whatever was done before");
  app.add_option("--state", typed.state, "Where results are kept for the next run; none: nowhere")
      ->type_name("DIR");
  app.add_option("--config", typed.config, "Read options from this file")->type_name("FILE");
  app.add_flag("-q,--quiet", typed.quiet, "Only errors");
  app.add_flag("-v,--verbose", typed.verbose, "Each gap and each rule that a cue does not meet");
}

Error in_option(const char* option, const Error& error) {
  return make_error(error.code, "{}: {}", option, error.message);
}

Status read_kinds(TypedOptions& typed) {
  TranscodeOptions& options = typed.options;
  const auto video = parse_video_codec(typed.video_codec);
  if (!video) return in_option("--video-codec", video.error());
  const auto audio = parse_audio_codec(typed.audio_codec);
  if (!audio) return in_option("--audio-codec", audio.error());
  const auto package = parse_package(typed.package);
  if (!package) return in_option("--package", package.error());
  options.picture.codec = *video;
  options.audio_codec = *audio;
  options.package = *package;
  return ok();
}

Status read_rates(TypedOptions& typed) {
  TranscodeOptions& options = typed.options;
  if (!typed.ladder.empty()) {
    auto ladder = read_ladder(typed.ladder);
    if (!ladder) return in_option("--ladder", ladder.error());
    options.picture.ladder = *std::move(ladder);
  }
  if (typed.crf >= 0 && typed.bitrate > 0) {
    return make_error(ErrorCode::kInvalidArgument, "--crf and --bitrate exclude each other");
  }
  if (typed.ladder.empty()) {
    if (typed.bitrate > 0) options.picture.bitrate_kbps = typed.bitrate;
  } else if (typed.bitrate > 0) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--bitrate is for one size; a ladder file tells the rate of each");
  }
  if (typed.crf >= 0) options.picture.crf = typed.crf;
  if (typed.audio_bitrate > 0) options.audio_bitrate_kbps = typed.audio_bitrate;
  return ok();
}

Status read_subtitles(TypedOptions& typed) {
  SubtitleWish& wish = typed.options.subtitles;
  for (const auto& name : typed.subtitles) {
    if (name == "embed") {
      wish.embeds = true;
    } else if (name == "sidecar") {
      wish.writes_sidecars = true;
    } else if (name != "none") {
      return make_error(ErrorCode::kInvalidArgument,
                        "--subtitles: '{}' is none of embed, sidecar, none", name);
    }
  }
  const bool has_none = std::ranges::find(typed.subtitles, "none") != typed.subtitles.end();
  if (has_none && wish.is_any()) {
    return make_error(ErrorCode::kInvalidArgument, "--subtitles: none excludes the others");
  }
  if (typed.options.package != Package::kNone) return ok();
  if (has_none) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--package none with --subtitles none leaves nothing to do");
  }
  wish = {.embeds = false, .writes_sidecars = true, .burns = false};
  return ok();
}

Status read_formats(TypedOptions& typed) {
  auto& formats = typed.options.common.formats;
  formats.clear();
  for (const auto& name : typed.formats) {
    const auto format = parse_sidecar_format(name);
    if (!format) return in_option("--formats", format.error());
    if (std::ranges::find(formats, *format) == formats.end()) formats.push_back(*format);
  }
  return ok();
}

Status check_combination(const TranscodeOptions& options) {
  const VideoCodec codec = options.picture.codec;
  const bool is_modern = codec == VideoCodec::kAv1 || codec == VideoCodec::kVp9;
  if (options.package == Package::kHls && is_modern) {
    return make_error(ErrorCode::kUnsupported, "--package hls carries h264 and h265, not {}",
                      to_string(codec));
  }
  if (options.package == Package::kHls && options.audio_codec != AudioCodec::kAac) {
    return make_error(ErrorCode::kUnsupported, "--package hls carries aac, not {}",
                      to_string(options.audio_codec));
  }
  return ok();
}

Status read_common(TypedOptions& typed) {
  SubtitleOptions& common = typed.options.common;
  if (const auto checked = check_speech_options(common); !checked) return checked;
  const auto segment = parse_time(typed.segment);
  if (!segment) return in_option("--segment", segment.error());
  if (*segment < std::chrono::seconds(1) || *segment > std::chrono::seconds(60)) {
    return make_error(ErrorCode::kInvalidArgument, "--segment: 1 to 60 seconds");
  }
  typed.options.segment = *segment;
  if (typed.lanes > 0) common.lanes = typed.lanes;
  if (typed.quiet && typed.verbose) {
    return make_error(ErrorCode::kInvalidArgument, "-q and -v exclude each other");
  }
  if (typed.quiet) common.verbosity = Verbosity::kQuiet;
  if (typed.verbose) common.verbosity = Verbosity::kVerbose;
  const auto path = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::filesystem::path>(text);
  };
  common.output = path(typed.output);
  common.report = path(typed.report);
  common.state = path(typed.state);
  return ok();
}

Status read_options(TypedOptions& typed) {
  using Reader = Status (*)(TypedOptions&);
  for (const Reader read : {read_kinds, read_rates, read_subtitles, read_formats, read_common}) {
    if (const auto done = read(typed); !done) return done;
  }
  return check_combination(typed.options);
}

class TranscodeWork : public BatchWork {
 public:
  explicit TranscodeWork(const TranscodeOptions& options) : options_(options) {}

  Status prepare() override {
    auto graph = transcode_graph();
    if (!graph) return graph.error();
    graph_ = *std::move(graph);
    return ok();
  }

  std::string identity() const override;

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
  const TranscodeOptions& options_;
  std::optional<GraphSpec> graph_;
};

std::string ladder_text(const Ladder& ladder) {
  std::string text =
      fmt::format("{} {} {}", ladder.preset, ladder.keyframe_interval_s, ladder.audio_bitrate_kbps);
  for (const auto& one : ladder.renditions) {
    text += fmt::format("\n{} {} {} {}", one.name, one.height, one.bitrate_kbps, one.profile);
  }
  return text;
}

std::string TranscodeWork::identity() const {
  const PictureWish& picture = options_.picture;
  const SubtitleWish& subtitles = options_.subtitles;
  return fmt::format("{}\n{} {} {} {}\n{} {} {}\n{} {} {}\n{}\n{}", embedded_transcode_graph(),
                     to_string(picture.codec), picture.crf.value_or(-1),
                     picture.bitrate_kbps.value_or(-1), to_string(options_.package),
                     to_string(options_.audio_codec), options_.audio_bitrate_kbps.value_or(-1),
                     options_.segment.count(), subtitles.embeds, subtitles.writes_sidecars,
                     subtitles.burns, "ladder", picture.ladder ? ladder_text(*picture.ladder) : "");
}

ExitCode run(CLI::App& app, TypedOptions& typed, std::stop_token stop) {
  const auto config =
      typed.config.empty() ? std::nullopt : std::optional<std::filesystem::path>(typed.config);
  Status read = fill_from_sources(app, config);
  if (read) read = read_options(typed);
  if (!read) {
    Console(Verbosity::kNormal).error("subtide: {}", read.error().message);
    return ExitCode::kUsage;
  }
  TranscodeWork work(typed.options);
  return run_media_batch(work, typed.options.common, std::cin, std::move(stop));
}

}  // namespace

Command add_transcode_command(CLI::App& program) {
  const auto typed = std::make_shared<TypedOptions>();
  CLI::App* app = program.add_subcommand(
      "transcode", "Makes streamable, captioned files or HLS from media files");
  app->add_option("input", typed->options.common.inputs,
                  "Media files, folders, globs, http(s) URLs; '-' reads a list")
      ->required();
  add_picture_options(*app, *typed);
  add_output_options(*app, *typed);
  add_speech_options(*app, typed->options.common);
  add_work_options(*app, *typed);
  return {app, kExample,
          [app, typed](std::stop_token stop) { return run(*app, *typed, std::move(stop)); }};
}

}  // namespace subtide
