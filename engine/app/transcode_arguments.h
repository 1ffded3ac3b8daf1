#pragma once

#include <string>
#include <vector>

#include "engine/app/transcode_options.h"
#include "engine/base/result.h"

namespace CLI {
class App;
}

namespace subtide {

/// The options of `subtide transcode` as typed; `options` holds those that need no reading.
struct TranscodeArguments {
  TranscodeOptions options;
  std::string output;
  std::string ladder;
  std::string video_codec = "h264";
  std::string audio_codec = "aac";
  std::string package = "mp4";
  std::vector<std::string> subtitles = {"embed"};
  std::string source_subtitles = "keep";
  std::vector<std::string> formats = {"srt"};
  std::string burn;
  std::string hardware = "none";
  std::string metadata;
  std::string segment = "6";
  int crf = -1;
  int bitrate = 0;
  int audio_bitrate = 0;
  int lanes = 0;
  int jobs = 1;
  bool watch = false;
  bool dry_run = false;
  std::string report;
  std::string state;
  std::string config;
  bool quiet = false;
  bool verbose = false;
};

/// What may differ from one input to the next, as a line of a manifest can say.
/// `arguments` must outlive the parsing.
void add_job_options(CLI::App& app, TranscodeArguments& arguments);
/// What holds for the whole run.
void add_run_options(CLI::App& app, TranscodeArguments& arguments);

/// Errors: kInvalidArgument, kUnsupported; the message names the option. Those of a ladder file.
Result<TranscodeOptions> read_transcode_options(TranscodeArguments arguments);

}  // namespace subtide
