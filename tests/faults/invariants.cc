#include "tests/faults/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"
#include "engine/work/store/sha256.h"
#include "tests/faults/run_record.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestFile = 64U << 20U;
/// Layout near a gap may differ: what it had to share the screen with is not there.
constexpr MediaDuration kNearGap = std::chrono::seconds(2);

bool is_job_end(const std::string& name) {
  static const std::set<std::string> ends = {"job.completed", "job.completed_degraded",
                                             "job.failed", "job.cancelled", "job.rejected"};
  return ends.contains(name);
}

class Check {
 public:
  explicit Check(const LeftBehind& left) : left_(left), runs_(read_runs(left.state)) {}

  std::vector<std::string> all() {
    jobs_ended();
    last_run_is_terminal();
    one_result_per_key();
    for (const RunRecord& run : runs_) log_is_whole(run);
    named_files_are_there();
    nothing_lies_about();
    nobody_works_on();
    if (!left_.output.empty()) same_as_undisturbed();
    return std::move(broken_);
  }

 private:
  template <typename... Args>
  void broken(fmt::format_string<Args...> format, Args&&... args) {
    broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void jobs_ended() {
    std::map<std::string, std::string> open;  // input -> run
    for (const RunRecord& run : runs_) {
      for (const auto& event : run.events) {
        const std::string input = event.data.value("input", "");
        if (event.name == "job.accepted") open[input] = run.folder.filename();
        if (is_job_end(event.name)) open.erase(input);
      }
    }
    for (const auto& [input, run] : open) {
      broken("the job for {} that run {} accepted has no end", input, run);
    }
  }

  void last_run_is_terminal() {
    static const std::set<std::string> job_ends = {"completed", "completed_degraded", "failed",
                                                   "cancelled"};
    static const std::set<std::string> task_ends = {"done", "skipped", "dead"};
    if (runs_.empty()) return broken("there is no run in {}", left_.state.string());
    const RunRecord& last = runs_.back();
    for (const auto& [id, state] : last.jobs) {
      if (!job_ends.contains(state)) broken("job {} of the last run is {}", id, state);
    }
    for (const auto& [id, state] : last.tasks) {
      if (!task_ends.contains(state)) broken("task {} of the last run is {}", id, state);
    }
  }

  void one_result_per_key() {
    for (const auto& [key, count] : read_effect_keys(left_.state)) {
      if (count > 1) broken("effect {} has {} results", key, count);
    }
    for (const RunRecord& run : runs_) {
      std::map<std::string, int> done;
      for (const auto& event : run.events) {
        if (event.name == "task.completed") ++done[event.data.value("effect_key", "")];
      }
      for (const auto& [key, count] : done) {
        if (count > 1) {
          broken("run {}: effect {} was completed {} times", run.folder.filename().string(), key,
                 count);
        }
      }
    }
  }

  void log_is_whole(const RunRecord& run) {
    const std::string name = run.folder.filename();
    std::map<std::pair<std::string, std::string>, std::int64_t> last;
    std::int64_t row = 0;
    for (const auto& event : run.events) {
      if (event.row != ++row) broken("run {}: row {} of the log is missing", name, row);
      row = event.row;
      std::int64_t& sequence = last[{event.source, event.family}];
      if (event.sequence != sequence + 1) {
        broken("run {}: {} {} follows {} of family {}", name, event.name, event.sequence, sequence,
               event.family);
      }
      sequence = event.sequence;
    }
  }

  fs::path resolved(const std::string& path) const {
    return fs::path(path).is_absolute() ? fs::path(path) : left_.folder / path;
  }

  void named_files_are_there() {
    std::map<std::string, std::string> hashes;  // path -> the last one told
    for (const RunRecord& run : runs_) {
      for (const auto& event : run.events) {
        if (event.name == "output.finished") {
          hashes[event.data.value("path", "")] = event.data.value("sha256", "");
        }
      }
    }
    for (const auto& [path, hash] : hashes) file_is_there(resolved(path), hash);
  }

  void file_is_there(const fs::path& path, const std::string& hash) {
    const auto bytes = read_file(path, kLongestFile);
    if (!bytes) return broken("a file that was told is not there: {}", bytes.error().message);
    Sha256 sum;
    sum.add(*bytes);
    if (sum.finish() != hash) broken("{} is not what was told: another hash", path.string());
    const auto format = parse_sidecar_format(path.extension().string().substr(1));
    if (!format) return;
    const auto sidecar = read_sidecar(*format, *bytes);
    if (!sidecar) return broken("{} does not read: {}", path.string(), sidecar.error().message);
    cues_are_good(path.filename(), *sidecar);
  }

  void cues_are_good(const std::string& name, const Sidecar& sidecar) {
    MediaTime end{0};
    for (const Cue& cue : sidecar.cues) {
      if (cue.span.begin < end) broken("{}: cue {} begins before the last ended", name, cue.id);
      if (cue.span.end <= cue.span.begin) broken("{}: cue {} takes no time", name, cue.id);
      end = std::max(end, cue.span.end);
    }
    const auto length = sidecar.footer.media_duration;
    if (length && end > *length) broken("{}: the last cue ends after the media", name);
  }

  void nothing_lies_about() {
    for (const fs::path& folder : {left_.folder, left_.state}) {
      std::error_code unreadable;
      for (const auto& entry : fs::recursive_directory_iterator(folder, unreadable)) {
        if (entry.path().extension() == ".partial") {
          broken("a temporary file is left: {}", entry.path().string());
        }
      }
    }
  }

  /// Workers have the state folder on their command line.
  void nobody_works_on() {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator("/proc", unreadable)) {
      std::ifstream file(entry.path() / "cmdline");
      std::string words;
      std::getline(file, words);  // a process may go while it is looked at: then there are none
      const std::string state = std::string(1, '\0') + left_.state.string() + '\0';
      if (words.find(state) != std::string::npos) {
        broken("process {} lives on", entry.path().filename().string());
      }
    }
  }

  static bool is_near_gap(const Cue& cue, const std::vector<Gap>& gaps) {
    return std::ranges::any_of(gaps, [&](const Gap& gap) {
      return cue.span.begin < gap.span.end + kNearGap && gap.span.begin - kNearGap < cue.span.end;
    });
  }

  void same_as_undisturbed() {
    const auto text = read_file(left_.output, kLongestFile);
    if (!text) return broken("no output: {}", text.error().message);
    const auto got = read_sidecar(SidecarFormat::kJson, *text);
    const auto wanted = read_sidecar(SidecarFormat::kJson, left_.undisturbed);
    if (!got || !wanted) return broken("an output does not read");
    const auto differ = [&](const std::vector<Cue>& some, const std::vector<Cue>& others,
                            const char* what) {
      for (const Cue& cue : some) {
        const bool is_there = std::ranges::any_of(others, [&](const Cue& other) {
          return other.span == cue.span && other.lines == cue.lines;
        });
        if (is_there || is_near_gap(cue, got->footer.gaps)) continue;
        broken("{}: the cue at {:.3f} s is {}", left_.output.filename().string(),
               to_seconds(cue.span.begin), what);
      }
    };
    differ(wanted->cues, got->cues, "lost");
    differ(got->cues, wanted->cues, "none of the undisturbed run's");
  }

  const LeftBehind& left_;
  const std::vector<RunRecord> runs_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_invariants(const LeftBehind& left) { return Check(left).all(); }

}  // namespace subtide
