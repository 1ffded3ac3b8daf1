#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// The user's state: `store/` (results, shared by all runs) and `runs/<id>/` (one engine process).
/// `asked`, else SUBTIDE_STATE, else $XDG_STATE_HOME/subtide, else ~/.local/state/subtide.
std::filesystem::path state_folder(const std::optional<std::filesystem::path>& asked);

/// What run.json says of a run, so that others find it.
struct RunDescription {
  std::string id;
  std::filesystem::path folder;
  int pid = 0;
  std::string started;                      ///< UTC
  std::string input;                        ///< for people
  std::vector<std::string> command;         ///< what the user typed, without the program
  std::filesystem::path folder_of_command;  ///< where it was typed
  std::string work;                         ///< where workers ask for work; empty: it takes none
  std::string subscribe;
  std::string event_state;
  std::string requests;  ///< where markers are taken; empty: it takes none
};

/// Makes `runs/<id>` for this user alone. Errors: kIo, kDenied, kNoSpace.
Result<std::filesystem::path> make_run_folder(const std::filesystem::path& state,
                                              const std::string& id);
Status write_run_file(const RunDescription& run);

/// Runs whose process lives, oldest first. Folders that do not read are passed over.
std::vector<RunDescription> living_runs(const std::filesystem::path& state);
bool is_living(const std::filesystem::path& state, const std::string& id);
/// The run of that id, or the only one that lives when `id` is empty.
/// Errors: kNotFound; kInvalidArgument when there are several: it names them.
Result<RunDescription> find_run(const std::filesystem::path& state, const std::string& id);

/// Removes what ended runs left, but for the `kept` newest.
void remove_old_runs(const std::filesystem::path& state, std::size_t kept);

}  // namespace subtide
