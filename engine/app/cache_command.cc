// subtide cache: what the store of results holds, and less of it.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <set>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/run_folder.h"
#include "engine/work/store/blob_store.h"
#include "engine/work/store/dead_letters.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/shared_database.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide cache show\n"
    "  subtide cache trim --older-than 30 --most-mib 500\n";
constexpr std::uint64_t kMebibyte = 1U << 20U;

struct CacheOptions {
  std::string state;
  std::optional<int> older_than;  ///< days
  std::optional<int> most_mib;
};

/// The stores in one place.
struct Stores {
  EffectStore effects;
  DeadLetters letters;
  BlobStore blobs;

  static Result<Stores> open(const CacheOptions& options) {
    const fs::path folder =
        state_folder(options.state.empty() ? std::nullopt
                                           : std::optional<fs::path>(options.state)) /
        "store";
    auto database = SharedDatabase::open(folder);
    if (!database) return database.error();
    auto effects = EffectStore::create(*database);
    if (!effects) return effects.error();
    auto blobs = BlobStore::open(folder);
    if (!blobs) return blobs.error();
    return Stores{std::move(*effects), DeadLetters(std::move(*database)), std::move(*blobs)};
  }
};

Status show(const CacheOptions& options) {
  auto stores = Stores::open(options);
  if (!stores) return stores.error();
  const auto totals = stores->effects.totals();
  if (!totals) return totals.error();
  const auto blobs = stores->blobs.totals();
  if (!blobs) return blobs.error();
  fmt::print("results   {:>8}  {:>8.1f} MiB", totals->count,
             static_cast<double>(totals->bytes) / kMebibyte);
  if (totals->oldest) fmt::print("  since {:%Y-%m-%d}", *totals->oldest);
  fmt::print("\n");
  for (const StageTotal& stage : totals->stages) {
    fmt::print("  {:<8}{:>8}  {:>8.1f} MiB\n", stage.stage.substr(0, 8), stage.count,
               static_cast<double>(stage.bytes) / kMebibyte);
  }
  fmt::print("sound     {:>8}  {:>8.1f} MiB\n", blobs->count,
             static_cast<double>(blobs->bytes) / kMebibyte);
  return ok();
}

Status trim(const CacheOptions& options) {
  if (!options.older_than && !options.most_mib) {
    return make_error(ErrorCode::kInvalidArgument, "say what to trim: --older-than or --most-mib");
  }
  auto stores = Stores::open(options);
  if (!stores) return stores.error();
  EffectLimits limits;
  const WallTime now = std::chrono::system_clock::now();
  if (options.most_mib)
    limits.most_bytes = static_cast<std::uint64_t>(*options.most_mib) * kMebibyte;
  if (options.older_than) limits.not_before = now - std::chrono::hours(24 * *options.older_than);
  const auto removed = stores->effects.trim(limits);
  if (!removed) return removed.error();
  const auto letters = stores->letters.list(DeadLetters::Which::kAll);
  if (!letters) return letters.error();
  std::set<std::string, std::less<>> needed;
  for (const DeadLetter& letter : *letters) needed.insert(letter.blob);
  const auto blobs = stores->blobs.remove_unreferenced(
      [&](std::string_view key) { return needed.contains(key); }, now - std::chrono::hours(24));
  if (!blobs) return blobs.error();
  fmt::print("removed   {} results, {} sounds ({:.1f} MiB)\n", *removed, blobs->count,
             static_cast<double>(blobs->bytes) / kMebibyte);
  return ok();
}

}  // namespace

Command add_cache_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("cache", "The store of results that runs find again");
  app->require_subcommand(1);
  const auto options = std::make_shared<CacheOptions>();
  app->add_option("--state", options->state, "Where state is kept")->type_name("DIR");
  app->fallthrough();
  app->add_subcommand("show", "How much it holds");
  CLI::App* trim_app = app->add_subcommand("trim", "Removes old results, and sounds nobody needs");
  trim_app->add_option("--older-than", options->older_than, "Results of more than so many days ago")
      ->check(CLI::Range(0, 36500))
      ->type_name("DAYS");
  trim_app->add_option("--most-mib", options->most_mib, "The oldest until so much is left")
      ->check(CLI::Range(0, 1 << 20))
      ->type_name("MIB");
  return {app, kExample, [trim_app, options](std::stop_token) {
            const Status done = trim_app->parsed() ? trim(*options) : show(*options);
            if (done) return ExitCode::kDone;
            Console(Verbosity::kNormal).error("subtide cache: {}", done.error().message);
            return exit_code_of(done.error().code);
          }};
}

}  // namespace subtide
