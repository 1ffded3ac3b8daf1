// subtide inject: puts a marker into a stream that runs.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/run_folder.h"
#include "engine/base/atomic_file.h"
#include "engine/events/request_channel.h"
#include "engine/metadata/byte_text.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kExample =
    "  subtide inject --id goal-1 --class com.example.goal --json '{\"team\": \"home\"}'\n"
    "  subtide inject --id break-3 --class com.example.break --at +8s --duration 30 --scte35 "
    "0xFC302100…\n";

struct InjectOptions {
  std::string at = "now";
  std::string id;
  std::string class_name;
  double duration = -1;
  std::string json;
  std::string file;
  std::string scte35;
  std::string connect;
  std::string state;
};

/// The cue object that the engine takes.
Result<std::string> to_cue(const InjectOptions& options) {
  Json cue = {{"at", options.at}, {"id", options.id}, {"class", options.class_name}};
  if (options.duration >= 0) cue["duration"] = options.duration;
  if (!options.json.empty()) {
    cue["payload"] = Json::parse(options.json, nullptr, false);
    if (cue["payload"].is_discarded()) {
      return make_error(ErrorCode::kInvalidArgument, "--json: this is not JSON");
    }
  }
  if (!options.file.empty()) {
    const auto bytes = read_file(options.file, kLargestPayload);
    if (!bytes) return bytes.error();
    cue["payload_base64"] =
        to_base64({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
  }
  if (!options.scte35.empty()) {
    const auto section = from_hex(options.scte35);
    if (!section) return make_error(ErrorCode::kInvalidArgument, "--scte35: this is not hex");
    cue["payload_base64"] = to_base64(*section);
    cue["kind"] = "scte35";
  }
  return cue.dump();
}

Result<std::string> inject(const InjectOptions& options) {
  const auto cue = to_cue(options);
  if (!cue) return cue.error();
  const auto run = find_run(
      state_folder(options.state.empty() ? std::nullopt : std::optional<fs::path>(options.state)),
      options.connect);
  if (!run) return run.error();
  if (run->requests.empty()) {
    return make_error(ErrorCode::kUnsupported, "run {} is no live stream: it takes no markers",
                      run->id);
  }
  auto client = RequestClient::connect(run->requests, std::nullopt);
  if (!client) return client.error();
  return client->ask(*cue);
}

ExitCode run(const InjectOptions& options) {
  Console console(Verbosity::kNormal);
  const auto answer = inject(options);
  if (!answer) {
    console.error("subtide inject: {}", answer.error().message);
    return exit_code_of(answer.error().code);
  }
  console.line("{}", *answer);
  return ExitCode::kDone;
}

}  // namespace

Command add_inject_command(CLI::App& program) {
  const auto options = std::make_shared<InjectOptions>();
  CLI::App* app = program.add_subcommand("inject", "Puts a marker into a live stream");
  app->add_option("--id", options->id, "Names it; the same name is the same marker")
      ->required()
      ->type_name("ID");
  app->add_option("--at", options->at,
                  "now, +2s, seconds of media time, or an instant such as 2026-05-04T12:00:00Z "
                  "(default: now)")
      ->type_name("WHEN");
  app->add_option("--class", options->class_name, "What kind, such as com.example.goal")
      ->required()
      ->type_name("NAME");
  app->add_option("--duration", options->duration, "How long it lasts, in seconds")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  auto* json = app->add_option("--json", options->json, "What it says, as JSON")->type_name("JSON");
  auto* file =
      app->add_option("--file", options->file, "What it says, as bytes")->type_name("FILE");
  auto* scte35 = app->add_option("--scte35", options->scte35, "A whole splice section in hex")
                     ->type_name("HEX");
  json->excludes(file)->excludes(scte35);
  file->excludes(scte35);
  app->add_option("--connect", options->connect, "The run (default: the one that lives)")
      ->type_name("RUN");
  app->add_option("--state", options->state, "The state folder of that run")->type_name("DIR");
  return {app, kExample, [options](const std::stop_token&) { return run(*options); }};
}

}  // namespace subtide
