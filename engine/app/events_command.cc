// subtide events: what happens in a run, as it happens and again.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/embedded.h"
#include "engine/app/run_folder.h"
#include "engine/events/event_follower.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide events tail\n"
    "  subtide events tail --from 1 --type 'cue.*' --json\n"
    "  subtide events schema cue.emitted\n";
constexpr std::chrono::milliseconds kTurn(200);

struct TailOptions {
  std::vector<std::string> types = {"*"};
  std::string connect;
  std::string state;
  std::uint64_t from = 0;
  bool json = false;
};

/// One line for people: when, what, about what, and the data.
std::string shown(const ReceivedEvent& event) {
  const std::string time = event.time.size() >= 23 ? event.time.substr(11, 12) : event.time;
  return fmt::format("{} {:<22} {:<28} {}", time, event.name, printable(event.subject),
                     printable(event.data));
}

bool print(const std::string& line) {
  return std::fputs((line + "\n").c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

bool print(const Heard& heard, const TailOptions& options, Console& console) {
  if (const auto* gap = std::get_if<BusGap>(&heard)) {
    console.line("{} {}: {} expected, {} came; what is missing is asked for", gap->source,
                 gap->family, gap->expected, gap->got);
    return true;
  }
  const ReceivedEvent& event = std::get<HeardEvent>(heard).event;
  return print(options.json ? event.json : shown(event));
}

Result<EventFollower> follow(const TailOptions& options, const RunDescription& run) {
  auto filter = EventFilter::create(options.types);
  if (!filter) return filter.error();
  FollowerOptions how;
  if (options.from > 0) how.from_row = options.from;
  return EventFollower::connect({"", run.subscribe, run.event_state}, std::move(*filter), how);
}

Status tail(const TailOptions& options, Console& console, const std::stop_token& stop) {
  const fs::path state =
      state_folder(options.state.empty() ? std::nullopt : std::optional<fs::path>(options.state));
  const auto run = find_run(state, options.connect);
  if (!run) return run.error();
  auto follower = follow(options, *run);
  if (!follower) return follower.error();
  while (!stop.stop_requested()) {
    const auto heard = follower->receive(kTurn);
    if (!heard && !is_living(state, run->id)) return ok();
    if (!heard) {
      console.line("subtide events: {}", heard.error().message);
    } else if (*heard) {
      if (!print(**heard, options, console)) return ok();  // nobody reads any more
    } else if (!is_living(state, run->id)) {
      return ok();
    }
  }
  return ok();
}

ExitCode run_tail(const TailOptions& options, const std::stop_token& stop) {
  Console console(Verbosity::kNormal);
  const Status done = tail(options, console, stop);
  if (done) return ExitCode::kDone;
  console.error("subtide events: {}", done.error().message);
  return exit_code_of(done.error().code);
}

ExitCode run_schema(const std::string& name) {
  const auto schemas = nlohmann::ordered_json::parse(embedded_event_schemas());
  if (name.empty()) {
    for (const auto& [each, schema] : schemas.items()) fmt::print("{}\n", each);
    return ExitCode::kDone;
  }
  const auto found = schemas.contains(name) ? schemas.find(name) : schemas.find(name + ".v1");
  if (found == schemas.end()) {
    Console(Verbosity::kNormal)
        .error("subtide events: no event '{}'; 'subtide events schema' lists them", name);
    return ExitCode::kUsage;
  }
  fmt::print("{}\n", found->dump(2));
  return ExitCode::kDone;
}

}  // namespace

Command add_events_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("events", "What happens in a run");
  app->require_subcommand(1);
  const auto options = std::make_shared<TailOptions>();
  CLI::App* tail_app = app->add_subcommand("tail", "Follows the events of a run");
  tail_app->add_option("--type", options->types, "Names with '*', such as 'cue.*' (default: all)")
      ->delimiter(',')
      ->type_name("PATTERN");
  tail_app->add_option("--from", options->from, "Facts from this row of the log on; 1: all")
      ->type_name("N");
  tail_app->add_option("--connect", options->connect, "The run (default: the one that lives)")
      ->type_name("RUN");
  tail_app->add_flag("--json", options->json, "One envelope a line");
  tail_app->add_option("--state", options->state, "Where state is kept")->type_name("DIR");
  const auto name = std::make_shared<std::string>();
  CLI::App* schema_app = app->add_subcommand("schema", "Shows the JSON Schema of an event");
  schema_app->add_option("name", *name, "Which; without it, the names of all");
  return {app, kExample, [tail_app, options, name](std::stop_token stop) {
            return tail_app->parsed() ? run_tail(*options, stop) : run_schema(*name);
          }};
}

}  // namespace subtide
