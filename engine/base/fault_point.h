#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// The places where a fault test may kill the process: around every step that a crash could tear
/// apart. This is the one list; a new write path adds its places here.
enum class FaultPoint {
  // The stores.
  kDatabaseCreating,    ///< tables made, not committed
  kDatabaseCreated,     ///< committed, not yet used
  kRunCommitBegun,      ///< inside the transaction, nothing written
  kRunCommitJobs,       ///< job rows written
  kRunCommitTasks,      ///< job and task rows written
  kRunCommitEvents,     ///< all rows written, not committed
  kRunCommitted,        ///< on disk, not yet witnessed
  kRunWitnessed,        ///< witnessed, not yet answered
  kEffectPutBegun,      ///< inside the transaction, nothing written
  kEffectPutWritten,    ///< rows written, not committed
  kEffectPutCommitted,  ///< on disk, not yet answered
  kEffectRemoving,      ///< forget, trim or damage: rows removed, not committed
  kEffectRemoved,       ///< committed
  kLetterWritten,       ///< dead letter written, not committed
  kLetterCommitted,     ///< on disk, not yet answered
  kBlobEncoded,         ///< sound encoded, no file yet
  kBlobWritten,         ///< bytes written under no name
  kBlobSynced,          ///< flushed under its name, not yet answered
  kBlobRemoving,        ///< one of several files removed
  kInputHashed,         ///< a whole input read, its hash not kept
  kInputKept,           ///< the hash is on disk, not yet answered
  // Files that appear whole.
  kFileCreated,   ///< an empty file without a name
  kFileWritten,   ///< all bytes given to it, not flushed
  kFileFlushed,   ///< on disk, without a name
  kFileHidden,    ///< under its hidden name, the old file still there
  kFileNamed,     ///< under its name, the folder not flushed
  kSidecarBegun,  ///< subtitle files reserved, no cue in them
  kSidecarEnded,  ///< one subtitle file has all its text, none its name
  kSidecarNamed,  ///< one of several has its name
  // A run and its jobs.
  kRunFolderMade,   ///< nothing in it
  kRunStoresOpen,   ///< databases there, nobody can find the run
  kRunFindable,     ///< run.json tells of it
  kWorkersStarted,  ///< processes there, none has said hello
  kJobAccepted,     ///< on disk, nothing done for it
  kJobBegun,        ///< the mediator knows it
  kJobWorked,       ///< files in place, the end not told
  kJobEnded,        ///< told, not yet flushed
  // The mediator.
  kWorkerGreeted,   ///< its hello taken, not committed
  kTaskAdded,       ///< in memory, not committed
  kTurnCommitted,   ///< what a turn changed is on disk, nobody was told
  kTurnSent,        ///< offers and hints are out, callers wait
  kResultArrived,   ///< checked, not kept
  kResultKept,      ///< in the shared store, its task not done
  kTaskDone,        ///< in memory, not committed
  kResultAnswered,  ///< the caller has it
  kJobClosed,       ///< in memory, not committed
  // A worker process.
  kLeaseTaken,  ///< an offer came, the work not begun
  kWorkDone,    ///< the answer is made, not sent
  kAnswerSent,  ///< given to the socket
};

/// Dotted lower-case name, such as "run.commit.begun".
std::string_view to_string(FaultPoint point);
std::span<const FaultPoint> all_fault_points();
std::optional<FaultPoint> find_fault_point(std::string_view name);

/// Kills the process with SIGKILL when this point is armed and the pass is the chosen one.
///
/// The environment variable SUBTIDE_FAULT_POINT=NAME[:N] arms a point: the N-th pass kills (1 when
/// left out). It is read at the first pass. A name that does not exist ends the process with a
/// line, so that a test with a slip in it cannot succeed. Processes that inherit the variable kill
/// themselves too; with SUBTIDE_FAULT_ONCE=FILE only the one does that makes the file.
///
/// Threads: any. One relaxed load when nothing is armed.
void fault_point(FaultPoint point);

/// Arms a point by "NAME" or "NAME:N", in the place of the environment.
/// Errors: kInvalidArgument (no such name, or N is not a positive number).
Status arm_fault_point(std::string_view text);

}  // namespace subtide
