// subtide dlq: work that was given up, kept with its sound.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/app/audio_player.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/run_again.h"
#include "engine/app/run_folder.h"
#include "engine/work/link/stage_work.h"
#include "engine/work/store/blob_store.h"
#include "engine/work/store/dead_letters.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/shared_database.h"
#include "models/builtin.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide dlq list\n"
    "  subtide dlq retry 3f2a-1-17 --recognizer whisper:small.en\n"
    "  subtide dlq retry --all\n";

struct DlqOptions {
  std::string state;
  std::string id;
  std::string recognizer;
  std::string translator;
  bool all = false;

  fs::path store() const {
    return state_folder(state.empty() ? std::nullopt : std::optional<fs::path>(state)) / "store";
  }
};

Result<DeadLetters> open_letters(const DlqOptions& options) {
  auto database = SharedDatabase::open(options.store());
  if (!database) return database.error();
  return DeadLetters(std::move(*database));
}

Status list(const DlqOptions& options) {
  const auto letters = open_letters(options);
  if (!letters) return letters.error();
  const auto all =
      letters->list(options.all ? DeadLetters::Which::kAll : DeadLetters::Which::kWaiting);
  if (!all) return all.error();
  for (const DeadLetter& letter : *all) {
    fmt::print("{:<18} {} - {}  {:<11} {} attempts, {:<14} {}{}\n", letter.id,
               format_clock(letter.span.begin), format_clock(letter.span.end), letter.stage,
               letter.attempts, letter.reason, printable(letter.input),
               letter.retried_at ? "  (retried)" : "");
  }
  return ok();
}

Status show(const DlqOptions& options) {
  const auto letters = open_letters(options);
  if (!letters) return letters.error();
  const auto letter = letters->get(options.id);
  if (!letter) return letter.error();
  fmt::print("id        {}\njob       {}\ninput     {}\nstage     {}\nmodel     {}\n", letter->id,
             letter->job, printable(letter->input), letter->stage, letter->model);
  fmt::print("span      {} - {}\nreason    {}\nattempts  {}\nkey       {}\nsound     {}\n",
             format_clock(letter->span.begin), format_clock(letter->span.end), letter->reason,
             letter->attempts, letter->effect_key, letter->blob.empty() ? "(none)" : letter->blob);
  fmt::print("died      {:%Y-%m-%d %H:%M:%S} UTC\n", letter->time);
  fmt::print("payload   {}\n", printable(letter->payload));
  return ok();
}

Status play(const DlqOptions& options, const std::stop_token& stop) {
  const auto letters = open_letters(options);
  if (!letters) return letters.error();
  const auto letter = letters->get(options.id);
  if (!letter) return letter.error();
  if (letter->blob.empty()) {
    return make_error(ErrorCode::kNotFound, "{} has no sound: it is a {} task", letter->id,
                      letter->stage);
  }
  const auto blobs = BlobStore::open(options.store());
  if (!blobs) return blobs.error();
  const auto samples = blobs->get_audio(letter->blob);
  if (!samples) return samples.error();
  return play_speech(*samples, stop);
}

/// "<run>-<number>" is a job.
std::string run_of(const std::string& job) { return job.substr(0, job.rfind('-')); }

/// Does letters' work again, here, and keeps the results where their runs will find them; then the
/// runs that miss nothing any more are given again, and so their gaps are filled.
class Retry {
 public:
  Retry(const DlqOptions& options, std::stop_token stop)
      : options_(options), stop_(std::move(stop)) {}

  Status run() {
    if (Status opened = open(); !opened) return opened;
    const auto wanted = wanted_letters();
    if (!wanted) return wanted.error();
    std::set<std::string> runs;
    Status outcome = ok();
    for (const DeadLetter& letter : *wanted) {
      if (Status done = retry(letter); done) {
        console_.line("{} is done", letter.id);
        runs.insert(run_of(letter.job));
      } else {
        console_.error("{}: {}", letter.id, done.error().message);
        outcome = make_error(done.error().code, "not all could be done; they are kept");
      }
    }
    for (const std::string& id : runs) fill_gaps(id);
    return outcome;
  }

 private:
  Status open() {
    auto database = SharedDatabase::open(options_.store());
    if (!database) return database.error();
    letters_.emplace(*database);
    auto effects = EffectStore::create(*database);
    if (!effects) return effects.error();
    effects_.emplace(std::move(*effects));
    return ok();
  }

  Result<std::vector<DeadLetter>> wanted_letters() const {
    if (options_.all) return letters_->list(DeadLetters::Which::kWaiting);
    auto letter = letters_->get(options_.id);
    if (!letter) return letter.error();
    return std::vector<DeadLetter>{std::move(*letter)};
  }

  Status retry(const DeadLetter& letter) {
    const auto model =
        letter.stage == kTranslateStage ? translator_for(letter) : recognizer_for(letter);
    if (!model) return model.error();
    std::atomic<std::uint64_t> progress = 0;
    const auto result = model->work({{0, 0, letter.stage, letter.payload}, stop_, &progress});
    if (!result) return result.error();
    Effect effect;
    effect.key = letter.effect_key;
    effect.stage = letter.stage;
    effect.model = model->traits.spec;
    effect.job = letter.job;
    effect.json = *result;
    effect.time = std::chrono::system_clock::now();
    if (const auto kept = effects_->put(effect); !kept) return kept.error();
    return letters_->mark_retried(letter.id, std::chrono::system_clock::now());
  }

  Result<StageModel> recognizer_for(const DeadLetter& letter) const {
    auto blobs = BlobStore::open(options_.store());
    if (!blobs) return blobs.error();
    const std::string spec = options_.recognizer.empty() ? letter.model : options_.recognizer;
    const auto model = models_->recognizer(spec, {});
    if (!model) return model.error();
    return StageModel{(*model)->traits(), {}, transcribe_work(*model, std::move(*blobs))};
  }

  Result<StageModel> translator_for(const DeadLetter& letter) const {
    const auto payload = translate_payload_from_json(letter.payload);
    if (!payload) return payload.error();
    ModelOptions asked;
    asked.language = payload->source_language;
    asked.target_language = payload->target_language;
    // The name that workers served ends with the languages.
    const std::string spec = options_.translator.empty()
                                 ? letter.model.substr(0, letter.model.rfind(' '))
                                 : options_.translator;
    const auto model = models_->translator(spec, asked);
    if (!model) return model.error();
    return StageModel{(*model)->traits(), {}, translate_work(*model)};
  }

  void fill_gaps(const std::string& run_id) {
    const auto left = letters_->list(DeadLetters::Which::kWaiting, run_id + "-");
    if (left && !left->empty()) {
      console_.line("run {}: {} more wait; its gaps are filled with the last of them", run_id,
                    left->size());
      return;
    }
    const fs::path state = options_.store().parent_path();
    const auto run = find_run(state, run_id);
    const auto code = run ? run_again(*run, state) : Result<ExitCode>(run.error());
    if (code && *code == ExitCode::kDone) return;
    console_.line("the gap is not filled yet: {}; run the same 'subtide subtitle' again",
                  code ? fmt::format("exit {}", static_cast<int>(*code)) : code.error().message);
  }

  const DlqOptions& options_;
  const std::stop_token stop_;
  Console console_{Verbosity::kNormal};
  const std::shared_ptr<ModelProvider> models_ = make_builtin_provider();
  std::optional<DeadLetters> letters_;
  std::optional<EffectStore> effects_;
};

Status discard(const DlqOptions& options) {
  const auto letters = open_letters(options);
  if (!letters) return letters.error();
  DeadLetters open = *letters;
  return open.discard(options.id);
}

ExitCode told(const Status& status) {
  if (status) return ExitCode::kDone;
  Console(Verbosity::kNormal).error("subtide dlq: {}", status.error().message);
  return exit_code_of(status.error().code);
}

}  // namespace

Command add_dlq_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("dlq", "Windows that every attempt failed on");
  app->require_subcommand(1);
  const auto options = std::make_shared<DlqOptions>();
  app->add_option("--state", options->state, "Where state is kept")->type_name("DIR");
  app->fallthrough();
  CLI::App* list_app = app->add_subcommand("list", "Lists what waits");
  list_app->add_flag("--all", options->all, "Also what was retried");
  const auto add = [&](const char* name, const char* what, bool needs_id = true) {
    CLI::App* sub = app->add_subcommand(name, what);
    CLI::Option* id = sub->add_option("id", options->id, "Which");
    if (needs_id) id->required();
    return sub;
  };
  CLI::App* show_app = add("show", "Shows all about one");
  CLI::App* play_app = add("play", "Plays its sound");
  CLI::App* retry_app = add("retry", "Tries it again, here, and fills the gap it left", false);
  retry_app->add_flag("--all", options->all, "All that waits");
  retry_app->add_option("--recognizer", options->recognizer, "Windows: with another model")
      ->type_name("SPEC");
  retry_app->add_option("--translator", options->translator, "Sentences: with another model")
      ->type_name("SPEC");
  add("discard", "Forgets one");
  return {app, kExample, [=](std::stop_token stop) {
            if (list_app->parsed()) return told(list(*options));
            if (show_app->parsed()) return told(show(*options));
            if (play_app->parsed()) return told(play(*options, stop));
            if (retry_app->parsed()) {
              if (options->id.empty() != options->all) {
                Console(Verbosity::kNormal).error("subtide dlq retry: name one, or give --all");
                return ExitCode::kUsage;
              }
              return told(Retry(*options, stop).run());
            }
            return told(discard(*options));
          }};
}

}  // namespace subtide
