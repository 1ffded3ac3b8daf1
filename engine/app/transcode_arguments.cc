#include "engine/app/transcode_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "engine/app/encoder_settings.h"
#include "engine/app/time_option.h"
#include "engine/base/atomic_file.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

constexpr double kSoftest = -40;  // LUFS
constexpr double kLoudest = -5;

void add_picture_options(CLI::App& app, TranscodeArguments& typed) {
  app.add_option("--ladder", typed.ladder,
                 "Picture sizes: 1080p,720p,480p, or a ladder file (default: the source's own)")
      ->type_name("NAMES|FILE");
  app.add_option("--video-codec", typed.video_codec,
                 "h264, h265, av1, vp9; copy: as it is (default: h264)")
      ->type_name("CODEC");
  app.add_option("--crf", typed.crf, "Constant quality, smaller is better (default: the codec's)")
      ->check(CLI::Range(0, 63))
      ->type_name("N");
  app.add_option("--bitrate", typed.bitrate, "Video rate without a ladder, kb/s")
      ->check(CLI::Range(50, 100'000))
      ->type_name("KBPS");
  app.add_flag("--two-pass", typed.options.two_pass,
               "Look at all pictures first, then spend the rate where it is needed; decodes twice");
  app.add_option("--hw", typed.hardware,
                 "auto: encode by hardware where it works; none (default: none)")
      ->type_name("USE");
}

void add_output_options(CLI::App& app, TranscodeArguments& typed) {
  app.add_option("-o,--output", typed.output, "Folder for the files (default: beside the input)")
      ->type_name("DIR");
  app.add_option("--package", typed.package, "mp4, mkv, hls; none: sidecars alone (default: mp4)")
      ->type_name("KIND");
  app.add_option("--audio-codec", typed.audio_codec, "aac, opus; copy: as it is (default: aac)")
      ->type_name("CODEC");
  app.add_option("--audio-bitrate", typed.audio_bitrate, "Of each sound track, kb/s (default: 128)")
      ->check(CLI::Range(16, 512))
      ->type_name("KBPS");
  app.add_option("--subtitles", typed.subtitles,
                 "embed (inside the package), sidecar (files), burn (drawn into the pictures), or "
                 "none (default: embed)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("--burn", typed.burn,
                 "Which language is drawn (default: the first translation, else what is spoken)")
      ->type_name("LANG");
  app.add_option("--source-subtitles", typed.source_subtitles,
                 "What becomes of the source's own in the package: keep, drop (default: keep)")
      ->type_name("KIND");
  app.add_option("--formats", typed.formats, "Sidecars: srt, vtt, ttml, ass, json (default: srt)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("--metadata", typed.metadata, "Markers to put into the HLS (JSON lines)")
      ->type_name("FILE");
  app.add_option("--segment", typed.segment, "Length of HLS segments (default: 6 s)")
      ->type_name("TIME");
  app.add_option("--audio-track", typed.options.common.audio_track,
                 "Which sound is written down: a number or a language")
      ->type_name("N|LANG");
}

void add_quality_options(CLI::App& app, TranscodeOptions& options) {
  app.add_flag("--qc", options.checks_quality,
               "Report black, frozen, silent and clipped stretches, missing sound, loudness");
  app.add_option("--loudness", options.loudness,
                 "Bring sound to this loudness: -23 (EBU R 128), -16 (default: as it is)")
      ->check(CLI::Range(kSoftest, kLoudest))
      ->type_name("LUFS");
}

Error in_option(const char* option, const Error& error) {
  return make_error(error.code, "{}: {}", option, error.message);
}

Status read_kinds(TranscodeArguments& typed) {
  TranscodeOptions& options = typed.options;
  const auto video = parse_video_codec(typed.video_codec);
  if (!video) return in_option("--video-codec", video.error());
  const auto audio = parse_audio_codec(typed.audio_codec);
  if (!audio) return in_option("--audio-codec", audio.error());
  const auto package = parse_package(typed.package);
  if (!package) return in_option("--package", package.error());
  const auto hardware = parse_hardware_use(typed.hardware);
  if (!hardware) return in_option("--hw", hardware.error());
  options.hardware = *hardware;
  options.picture.codec = *video;
  options.audio_codec = *audio;
  options.package = *package;
  return ok();
}

Status check_two_pass(const TranscodeOptions& options) {
  const PictureWish& picture = options.picture;
  if (picture.crf || (!picture.ladder && !picture.bitrate_kbps)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--two-pass is for a rate: give --bitrate or --ladder, and no --crf");
  }
  if (options.hardware != HardwareUse::kNone) {
    return make_error(ErrorCode::kInvalidArgument, "--two-pass is for software; leave --hw {} out",
                      to_string(options.hardware));
  }
  return check_two_passes(picture.codec);
}

Status read_rates(TranscodeArguments& typed) {
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
  return options.two_pass ? check_two_pass(options) : ok();
}

Status read_burning(TranscodeArguments& typed) {
  SubtitleWish& wish = typed.options.subtitles;
  const SubtitleOptions& common = typed.options.common;
  if (wish.burns && typed.options.package == Package::kNone) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--subtitles burn needs pictures to draw into; --package none has none");
  }
  if (typed.burn.empty()) return ok();
  if (!wish.burns) {
    return make_error(ErrorCode::kInvalidArgument, "--burn goes with --subtitles burn");
  }
  const bool is_asked = std::ranges::find(common.translate, typed.burn) != common.translate.end();
  if (!is_asked && common.language != "auto" && common.language != typed.burn) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--burn: nothing is made in '{}'; add --translate {}", typed.burn,
                      typed.burn);
  }
  wish.burned_language = typed.burn;
  return ok();
}

Status read_metadata(TranscodeArguments& typed) {
  if (typed.metadata.empty()) return ok();
  if (typed.options.package != Package::kHls) {
    return make_error(ErrorCode::kUnsupported,
                      "--metadata is for --package hls; {} carries no timed metadata that players "
                      "read",
                      to_string(typed.options.package));
  }
  const auto text = read_file(typed.metadata, kLargestCueFile);
  if (!text) return in_option("--metadata", text.error());
  if (const auto cues = parse_cue_file(*text, typed.metadata); !cues) {
    return in_option("--metadata", cues.error());
  }
  typed.options.metadata = typed.metadata;
  return ok();
}

Status read_source_subtitles(TranscodeArguments& typed) {
  typed.options.keeps_source_subtitles = typed.source_subtitles == "keep";
  if (typed.options.keeps_source_subtitles || typed.source_subtitles == "drop") return ok();
  return make_error(ErrorCode::kInvalidArgument, "--source-subtitles: '{}' is none of keep, drop",
                    typed.source_subtitles);
}

Status read_subtitles(TranscodeArguments& typed) {
  SubtitleWish& wish = typed.options.subtitles;
  for (const auto& name : typed.subtitles) {
    if (name == "embed") {
      wish.embeds = true;
    } else if (name == "sidecar") {
      wish.writes_sidecars = true;
    } else if (name == "burn") {
      wish.burns = true;
    } else if (name != "none") {
      return make_error(ErrorCode::kInvalidArgument,
                        "--subtitles: '{}' is none of embed, sidecar, burn, none", name);
    }
  }
  const bool has_none = std::ranges::find(typed.subtitles, "none") != typed.subtitles.end();
  if (has_none && wish.is_any()) {
    return make_error(ErrorCode::kInvalidArgument, "--subtitles: none excludes the others");
  }
  if (auto burned = read_burning(typed); !burned) return burned;
  if (typed.options.package != Package::kNone) return ok();
  if (has_none && typed.options.checks_quality) return ok();
  if (has_none) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--package none with --subtitles none leaves nothing to do; with --qc the "
                      "file is checked");
  }
  wish.embeds = false;
  wish.writes_sidecars = true;
  return ok();
}

Status read_formats(TranscodeArguments& typed) {
  auto& formats = typed.options.common.formats;
  formats.clear();
  for (const auto& name : typed.formats) {
    const auto format = parse_sidecar_format(name);
    if (!format) return in_option("--formats", format.error());
    if (std::ranges::find(formats, *format) == formats.end()) formats.push_back(*format);
  }
  return ok();
}

Error not_with_copy(const char* codec, const char* other) {
  return make_error(ErrorCode::kInvalidArgument,
                    "{} copy leaves the stream as it is, so {} cannot be done", codec, other);
}

/// What is copied cannot be changed.
Status check_copy(const TranscodeOptions& options) {
  if (options.copies_pictures()) {
    if (options.picture.ladder) return not_with_copy("--video-codec", "--ladder");
    if (options.picture.crf) return not_with_copy("--video-codec", "--crf");
    if (options.picture.bitrate_kbps) return not_with_copy("--video-codec", "--bitrate");
    if (options.subtitles.burns) return not_with_copy("--video-codec", "--subtitles burn");
  }
  if (options.copies_sound() && options.audio_bitrate_kbps) {
    return not_with_copy("--audio-codec", "--audio-bitrate");
  }
  return ok();
}

Status check_combination(const TranscodeOptions& options) {
  if (const auto checked = check_copy(options); !checked) return checked;
  const VideoCodec codec = options.picture.codec;
  const bool is_modern = codec == VideoCodec::kAv1 || codec == VideoCodec::kVp9;
  if (options.package == Package::kHls && is_modern) {
    return make_error(ErrorCode::kUnsupported, "--package hls carries h264 and h265, not {}",
                      to_string(codec));
  }
  if (options.package == Package::kHls && options.audio_codec == AudioCodec::kOpus) {
    return make_error(ErrorCode::kUnsupported, "--package hls carries aac, not {}",
                      to_string(options.audio_codec));
  }
  if (options.loudness && options.package == Package::kNone) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--loudness changes sound that is written, and --package none writes none; "
                      "--qc only measures");
  }
  if (options.loudness && options.audio_codec == AudioCodec::kCopy) {
    return make_error(ErrorCode::kUnsupported,
                      "--loudness changes sound, and --audio-codec copy leaves it as it is");
  }
  return ok();
}

Status read_common(TranscodeArguments& typed) {
  SubtitleOptions& common = typed.options.common;
  if (const auto checked = check_speech_options(common); !checked) return checked;
  const auto segment = parse_time(typed.segment);
  if (!segment) return in_option("--segment", segment.error());
  if (*segment < std::chrono::seconds(1) || *segment > std::chrono::seconds(60)) {
    return make_error(ErrorCode::kInvalidArgument, "--segment: 1 to 60 seconds");
  }
  typed.options.segment = *segment;
  if (typed.lanes > 0) common.lanes = typed.lanes;
  // Jobs share the cores.
  if (typed.jobs > 1 && !common.lanes) {
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    common.lanes = std::max(1, cores / typed.jobs);
  }
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

}  // namespace

void add_job_options(CLI::App& app, TranscodeArguments& arguments) {
  add_picture_options(app, arguments);
  add_output_options(app, arguments);
  add_quality_options(app, arguments.options);
  app.add_flag("--force", arguments.options.common.force, "Replace files that exist");
  add_speech_options(app, arguments.options.common);
}

void add_run_options(CLI::App& app, TranscodeArguments& arguments) {
  app.add_option("--report", arguments.report, "Write how it went as JSON")->type_name("FILE");
  app.add_flag("--json", arguments.options.common.json, "Events as JSON lines on standard output");
  app.add_option("--jobs", arguments.jobs, "Inputs worked on at once (default: 1)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_flag("--watch", arguments.watch,
               "Inputs are folders: what comes into them is worked on, until interrupted");
  app.add_flag("--dry-run", arguments.dry_run, "Only say what would be written");
  app.add_option("--lanes", arguments.lanes, "Windows recognised at once (default: by the cores)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_option("--workers", arguments.options.common.workers,
                 "Recognise in so many processes (default: none)")
      ->check(CLI::Range(0, 64))
      ->type_name("N");
  app.add_flag("--fresh", arguments.options.common.fresh,
               "Do all work anew, whatever was done before");
  app.add_option("--state", arguments.state,
                 "Where results are kept for the next run; none: nowhere")
      ->type_name("DIR");
  app.add_option("--config", arguments.config, "Read options from this file")->type_name("FILE");
  app.add_flag("-q,--quiet", arguments.quiet, "Only errors");
  app.add_flag("-v,--verbose", arguments.verbose,
               "Each gap and each rule that a cue does not meet");
}

Result<TranscodeOptions> read_transcode_options(TranscodeArguments arguments) {
  using Reader = Status (*)(TranscodeArguments&);
  for (const Reader read : {read_kinds, read_rates, read_source_subtitles, read_subtitles,
                            read_metadata, read_formats, read_common}) {
    if (const auto done = read(arguments); !done) return done.error();
  }
  if (const auto checked = check_combination(arguments.options); !checked) return checked.error();
  return std::move(arguments.options);
}

}  // namespace subtide
