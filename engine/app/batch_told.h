#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/app/batch_book.h"
#include "engine/app/console.h"
#include "engine/app/job_report.h"

namespace subtide {

/// How the jobs of a batch ended.
///
/// Of very many only the newest are kept whole, so that a run without end stays small; they are
/// counted all. Owner: the batch; a value. Threads: one at a time. Errors: none.
class BatchReports {
 public:
  explicit BatchReports(std::size_t most_kept) : most_kept_(most_kept) {}

  /// `number`: 1, 2, …, the job's place among all.
  void add(std::size_t number, JobReport report);

  std::size_t count() const { return count_; }
  std::size_t count(Ending ending) const { return endings_.at(static_cast<std::size_t>(ending)); }
  /// The exit code for all. `rest`: how those ended that have no report.
  ExitCode exit_code(std::optional<Ending> rest) const;
  /// Those kept, by number.
  std::vector<JobReport> in_order() const;

  /// A table of the jobs: all of a few, else those that did not end well, and a line of sums.
  void print(Console& console) const;

 private:
  std::size_t most_kept_;
  std::size_t count_ = 0;
  std::size_t was_done_ = 0;
  std::size_t planned_ = 0;
  std::array<std::size_t, 5> endings_{};  ///< by Ending
  std::map<std::size_t, JobReport> reports_;
};

/// "3 of 20  [####--------]  00:12:10 / 01:00:00  34.2 x  2:10 left", at most `width` columns.
std::string format_batch_progress(const BatchProgress& progress, int width);

/// The same as a line of its own: "3 of 20 files, 00:12:10 of about 01:00:00, 34.2 x real time, …"
std::string describe_batch_progress(const BatchProgress& progress);

}  // namespace subtide
