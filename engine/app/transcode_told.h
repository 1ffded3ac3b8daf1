#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/app/session_told.h"
#include "engine/base/atomic_file.h"
#include "engine/base/result.h"

namespace subtide {

/// Sidecars that are for the package alone are kept apart from those that the user gets; these are
/// held back until all is made. Several looks at the input are one progress, and
/// tell people the same thing once.
///
/// Owner: the job. Threads: the session's.
class TranscodeTold : public SessionTold {
 public:
  /// `texts`: sidecars in the folder of this file are for the package, those in folders below it
  /// wait for publish_held().
  TranscodeTold(const JobSurroundings& around, const JobTask& task, JobReport& report,
                const std::filesystem::path& texts)
      : SessionTold(around, task, report, std::nullopt), folder_(texts.parent_path()) {}

  void on_output(const OutputFile& file) override;
  void on_progress(const SessionProgress& progress) override;
  void on_warning(const std::string& line) override;

  void expect_looks(int looks) { looks_ = looks; }
  void next_look() { ++look_; }
  const std::vector<OutputNamed>& texts() const { return texts_; }

  /// Called with each file before it gets its name.
  using Keep = std::function<void(const std::filesystem::path& staged, OutputNamed& named)>;
  /// Gives what was held back its place in `folder`. Errors: as write_file_atomically().
  Status publish_held(const std::filesystem::path& folder, AtomicFile::IfExists if_exists,
                      const Keep& keep);

 private:
  const std::filesystem::path folder_;
  std::vector<OutputNamed> texts_;
  std::vector<OutputFile> held_;
  std::set<std::string> warnings_;
  int looks_ = 1;
  int look_ = 0;  ///< from 0
};

}  // namespace subtide
