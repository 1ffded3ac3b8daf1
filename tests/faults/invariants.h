#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace subtide {

/// Where runs left what they did, and what an undisturbed run writes.
struct LeftBehind {
  std::filesystem::path state;   ///< the state folder
  std::filesystem::path folder;  ///< the programs' working folder: relative outputs count from it
  std::filesystem::path output;  ///< sidecar in JSON; empty: not compared
  std::string undisturbed;       ///< the text of the same sidecar without faults
};

/// Which of the invariants of work that survives do not hold, one line each; empty when all hold.
///
/// To be called when all runs have ended. Looked at are all run folders, the shared store, the logs
/// of facts, the files that the logs name, and what lies beside them:
/// - every job that was accepted ended, in its own run or for the same input in a later one; in the
///   last run all jobs and tasks are terminal;
/// - at most one result for each effect key, in the store and in each log;
/// - sequences without a gap for each source and family, rows without a hole;
/// - cues in order, without overlap, inside the media's span;
/// - no file that a log's last word names is missing or has another hash;
/// - no worker of the state folder lives on, no temporary file lies about;
/// - the same cues as without faults, but for the gaps that are told.
std::vector<std::string> broken_invariants(const LeftBehind& left);

}  // namespace subtide
