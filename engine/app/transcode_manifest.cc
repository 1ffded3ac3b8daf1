#include "engine/app/transcode_manifest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "engine/config/batch_manifest.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

bool is_manifest(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char letter) {
    return letter < 0x80 ? static_cast<char>(std::tolower(letter)) : static_cast<char>(letter);
  });
  const bool is_url = name.find("://") != name.npos;
  return !is_url && (extension == ".json" || extension == ".csv");
}

/// The command line's options with those of the line in their place.
Result<TranscodeOptions> read_line(TranscodeArguments arguments, const ManifestJob& job) {
  // What the line asks for excludes what the command line asked of the same.
  const auto names = [&](const char* key) { return job.options.contains(key); };
  const bool copies = names("video-codec") && job.options.at("video-codec") == "copy";
  if ((names("bitrate") || copies) && !names("crf")) arguments.crf = -1;
  if ((names("crf") || names("ladder") || copies) && !names("bitrate")) arguments.bitrate = 0;
  if ((names("bitrate") || copies) && !names("ladder")) arguments.ladder.clear();
  CLI::App app;
  add_job_options(app, arguments);
  std::vector<std::string> words;
  for (const auto& [key, value] : job.options) {
    if (key != "input") words.push_back("--" + key + "=" + value);
  }
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& mistake) {
    return make_error(ErrorCode::kInvalidArgument, "{}", mistake.what());
  }
  arguments.options.common.inputs = {job.input()};
  return read_transcode_options(std::move(arguments));
}

/// Movies beside their sources would be sources of the next run.
Status check_folders(const TranscodeOptions& options) {
  if (options.common.output || options.package == Package::kNone) return ok();
  for (const std::string& name : options.common.inputs) {
    std::error_code unknown;
    if (!fs::is_directory(name, unknown)) continue;
    return make_error(ErrorCode::kInvalidArgument,
                      "{}: give a folder for what is made of it with -o; beside their sources, "
                      "files would be sources of the next run",
                      name);
  }
  return ok();
}

Status add_manifest(const std::string& name, const TranscodeArguments& arguments,
                    std::vector<TranscodeOptions>& parts) {
  const auto keys = manifest_keys();
  const auto jobs = read_batch_manifest(name, keys);
  if (!jobs) {
    return make_error(jobs.error().code, "{} (files in .json and .csv are taken as manifests)",
                      jobs.error().message);
  }
  for (const ManifestJob& job : *jobs) {
    auto options = read_line(arguments, job);
    if (!options) {
      return make_error(options.error().code, "{}: {}: {}", name, job.place,
                        options.error().message);
    }
    parts.push_back(*std::move(options));
  }
  return ok();
}

}  // namespace

std::vector<std::string> manifest_keys() {
  TranscodeArguments unused;
  CLI::App app;
  add_job_options(app, unused);
  std::vector<std::string> keys;
  for (const CLI::Option* option : app.get_options()) {
    const auto& names = option->get_lnames();
    if (!names.empty() && names[0] != "help") keys.push_back(names[0]);
  }
  return keys;
}

Result<std::vector<TranscodeOptions>> read_transcode_parts(const TranscodeArguments& arguments) {
  auto typed = read_transcode_options(arguments);
  if (!typed) return typed.error();
  std::vector<TranscodeOptions> parts = {*std::move(typed)};
  auto& inputs = parts.front().common.inputs;
  const auto manifests = std::ranges::stable_partition(
      inputs, [](const std::string& name) { return !is_manifest(name); });
  const std::vector<std::string> names(manifests.begin(), manifests.end());
  inputs.erase(manifests.begin(), manifests.end());
  if (!names.empty() && arguments.watch) {
    return make_error(ErrorCode::kInvalidArgument, "--watch takes folders; {} is a manifest",
                      names.front());
  }
  for (const std::string& name : names) {
    if (const auto added = add_manifest(name, arguments, parts); !added) return added.error();
  }
  for (const TranscodeOptions& part : parts) {
    if (const auto checked = check_folders(part); !checked) return checked.error();
  }
  return parts;
}

}  // namespace subtide
