// subtide dlq: work that was given up, kept with its sound.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "engine/app/audio_player.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
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
    "  subtide dlq retry 3f2a-1-17 --recognizer whisper:small.en\n";

struct DlqOptions {
  std::string state;
  std::string id;
  std::string recognizer;
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

/// Does the work again, here, and keeps the result where the next run of the job will find it.
Status retry(const DlqOptions& options, const std::stop_token& stop) {
  auto database = SharedDatabase::open(options.store());
  if (!database) return database.error();
  DeadLetters letters(*database);
  auto effects = EffectStore::create(*database);
  if (!effects) return effects.error();
  const auto letter = letters.get(options.id);
  if (!letter) return letter.error();
  if (letter->stage != kTranscribeStage) {
    return make_error(ErrorCode::kUnsupported, "{}: only transcription can be retried", letter->id);
  }
  auto blobs = BlobStore::open(options.store());
  if (!blobs) return blobs.error();
  const std::string spec = options.recognizer.empty() ? letter->model : options.recognizer;
  const auto model = make_builtin_provider()->recognizer(spec, {});
  if (!model) return model.error();
  std::atomic<std::uint64_t> progress = 0;
  const auto result = transcribe_work(
      *model, std::move(*blobs))({{0, 0, letter->stage, letter->payload}, stop, &progress});
  if (!result) return result.error();
  Effect effect;
  effect.key = letter->effect_key;
  effect.stage = letter->stage;
  effect.model = spec;
  effect.job = letter->job;
  effect.json = *result;
  effect.time = std::chrono::system_clock::now();
  if (const auto kept = effects->put(effect); !kept) return kept.error();
  const Status marked = letters.mark_retried(letter->id, std::chrono::system_clock::now());
  if (!marked) return marked;
  Console(Verbosity::kNormal)
      .line("{} is done; run the same 'subtide subtitle' again with --force and its gap is filled",
            letter->id);
  return ok();
}

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
  const auto add = [&](const char* name, const char* what) {
    CLI::App* sub = app->add_subcommand(name, what);
    sub->add_option("id", options->id, "Which")->required();
    return sub;
  };
  CLI::App* show_app = add("show", "Shows all about one");
  CLI::App* play_app = add("play", "Plays its sound");
  CLI::App* retry_app = add("retry", "Tries it again, here");
  retry_app->add_option("--recognizer", options->recognizer, "With another model")
      ->type_name("SPEC");
  add("discard", "Forgets one");
  return {app, kExample, [=](std::stop_token stop) {
            if (list_app->parsed()) return told(list(*options));
            if (show_app->parsed()) return told(show(*options));
            if (play_app->parsed()) return told(play(*options, stop));
            if (retry_app->parsed()) return told(retry(*options, stop));
            return told(discard(*options));
          }};
}

}  // namespace subtide
