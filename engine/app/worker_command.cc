// subtide worker: a process that does model work for a running engine.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/curve_options.h"
#include "engine/app/model_identity.h"
#include "engine/app/run_folder.h"
#include "engine/app/worker_orders.h"
#include "engine/base/log.h"
#include "engine/work/link/stage_work.h"
#include "engine/work/link/worker_link.h"
#include "models/builtin.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide worker --stage transcribe --models whisper:base.en --lanes 2\n";

struct WorkerOptions {
  std::string stage = kTranscribeStage;
  std::string models = "auto";
  std::string language = "auto";
  std::string target_language;
  std::string connect;
  CurveOptions keys;
  std::string state;
  int lanes = 1;
  bool takes_commands = false;
  int parent = 0;
};

/// A worker that the engine started must not outlive it, however the engine ends.
bool dies_with(int parent) {
  if (parent == 0) return true;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == parent;  // it may have died before we asked
}

bool is_endpoint(const std::string& text) { return text.find("://") != std::string::npos; }

/// Where work is asked for, and the run behind it when it is known.
struct Employer {
  std::string endpoint;
  std::string run;
};

Result<Employer> employer_of(const WorkerOptions& options, const fs::path& state) {
  if (is_endpoint(options.connect)) return Employer{options.connect, ""};
  const auto run = find_run(state, options.connect);
  if (!run) return run.error();
  if (run->work.empty()) {
    return make_error(ErrorCode::kUnavailable, "run {} takes no workers; start it with --workers N",
                      run->id);
  }
  return Employer{run->work, run->id};
}

ModelOptions model_options(const WorkerOptions& options) {
  ModelOptions made;
  made.lanes = options.lanes;
  made.language = options.language;
  made.target_language = options.target_language;
  return made;
}

/// A provider for each load: the same spec may stand for another file by now.
Result<StageModel> load_model(const WorkerOptions& options, const fs::path& state,
                              const std::string& spec) {
  auto provider = make_builtin_provider();
  const auto database = SharedDatabase::open(state / "store");
  if (database) provider = make_identified_provider(provider, *database);
  const ModelOptions asked = model_options(options);
  if (options.stage == kTranslateStage) {
    const auto model = provider->translator(spec, asked);
    if (!model) return model.error();
    const ModelTraits& traits = (*model)->traits();
    return StageModel{traits, served_names(options.stage, spec, asked, traits),
                      translate_work(*model)};
  }
  const auto model = provider->recognizer(spec, asked);
  if (!model) return model.error();
  auto blobs = BlobStore::open(state / "store");
  if (!blobs) return blobs.error();
  const ModelTraits& traits = (*model)->traits();
  return StageModel{traits, served_names(options.stage, spec, asked, traits),
                    transcribe_work(*model, std::move(*blobs))};
}

WorkerLinkOptions link_options(const WorkerOptions& options, const Employer& employer,
                               const fs::path& state) {
  WorkerLinkOptions link;
  link.endpoint = employer.endpoint;
  if (!employer.run.empty()) {
    link.is_over = [state, run = employer.run] { return !is_living(state, run); };
  }
  link.hello.worker = worker_name(::getpid());
  link.hello.stage = options.stage;
  link.hello.names = {served_name(options.stage, options.models, model_options(options))};
  link.hello.lanes = options.lanes;
  link.hello.pid = ::getpid();
  return link;
}

void print_answer(const std::string& line) {
  fmt::print("{}\n", printable(line));
  std::fflush(stdout);
}

/// Loads the first model, then does what it is told; beside the link, which says so meanwhile.
Status follow_orders(const WorkerOptions& options, const Employer& employer, Console& console,
                     WorkerModels& models, WorkerLink& link, const std::stop_token& stop) {
  const auto loaded = models.load(options.models);
  if (!loaded) {
    link.drain();
    return loaded.error();
  }
  if (options.parent == 0) {
    console.line("worker {}: {} with {}, {} lanes, at {}", ::getpid(), options.stage, loaded->spec,
                 options.lanes, employer.endpoint);
  }
  if (options.takes_commands) {
    WorkerOrders(models, link).serve(STDIN_FILENO, print_answer, stop);
  }
  return ok();
}

Status serve(const WorkerOptions& options, Console& console, std::stop_token stop) {
  const fs::path state =
      state_folder(options.state.empty() ? std::nullopt : std::optional<fs::path>(options.state));
  const auto employer = employer_of(options, state);
  if (!employer) return employer.error();
  auto keys = curve_client(options.keys, console);
  if (!keys) return keys.error();
  WorkerLinkOptions wanted = link_options(options, *employer, state);
  wanted.keys = std::move(*keys);
  const auto models = std::make_shared<WorkerModels>(
      [options, state](const std::string& spec) { return load_model(options, state, spec); });
  auto link = WorkerLink::create(std::move(wanted), models);
  if (!link) return link.error();
  Status obeyed = ok();
  std::jthread orders([&](const std::stop_token& ended) {
    obeyed = follow_orders(options, *employer, console, *models, **link, ended);
  });
  const Status served = (*link)->run(std::move(stop));
  orders.request_stop();
  orders.join();
  return obeyed ? served : obeyed;
}

ExitCode run(const WorkerOptions& options, std::stop_token stop) {
  set_log_level(LogLevel::kWarning);
  Console console(Verbosity::kNormal);
  if (!dies_with(options.parent)) return ExitCode::kFailed;
  const Status served = serve(options, console, std::move(stop));
  if (served) return ExitCode::kDone;
  console.error("subtide worker: {}", served.error().message);
  return exit_code_of(served.error().code);
}

}  // namespace

Command add_worker_command(CLI::App& program) {
  const auto options = std::make_shared<WorkerOptions>();
  CLI::App* app = program.add_subcommand("worker", "Does model work for a running engine");
  app->add_option("--stage", options->stage, "transcribe or translate")
      ->check(CLI::IsMember({kTranscribeStage, kTranslateStage}))
      ->type_name("STAGE");
  app->add_option("--models", options->models, "The model to load (default: auto)")
      ->type_name("SPEC");
  app->add_option("--language", options->language, "What is spoken (default: auto)")
      ->type_name("LANG");
  app->add_option("--target-language", options->target_language, "translate: into this language")
      ->type_name("LANG");
  app->add_option("--connect", options->connect,
                  "The run to work for (default: the one that lives)")
      ->type_name("RUN|ENDPOINT");
  add_curve_options(*app, options->keys);
  app->add_option("--lanes", options->lanes, "Tasks at once (default: 1)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app->add_flag("--commands", options->takes_commands,
                "Take orders on standard input: load SPEC, unload SPEC, drain, status");
  app->add_option("--state", options->state, "Where state is kept")->type_name("DIR");
  app->add_option("--parent", options->parent)->group("");  // set by the engine for its own workers
  return {app, kExample,
          [options](std::stop_token stop) { return run(*options, std::move(stop)); }};
}

}  // namespace subtide
