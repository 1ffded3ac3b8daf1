#include "engine/app/subtitle_batch.h"

#include <optional>
#include <utility>

#include "engine/app/embedded.h"
#include "engine/app/media_batch.h"
#include "engine/app/media_job.h"
#include "engine/app/sidecar_job.h"
#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

class SubtitleWork : public BatchWork {
 public:
  explicit SubtitleWork(const SubtitleOptions& options) : options_(options) {}

  Status prepare() override {
    constexpr std::size_t kLargest = 1U << 20U;
    auto text = options_.graph ? read_file(*options_.graph, kLargest)
                               : Result<std::string>(std::string(embedded_file_subtitles_graph()));
    if (!text) return text.error();
    const std::string name =
        options_.graph ? options_.graph->filename().string() : "file_subtitles.json";
    auto graph = GraphSpec::parse(*text, name);
    if (!graph) return graph.error();
    text_ = *std::move(text);
    graph_ = *std::move(graph);
    return ok();
  }

  const SubtitleOptions& options(std::size_t) const override { return options_; }
  std::string identity(std::size_t) const override { return text_; }

  std::vector<fs::path> known_outputs(const JobTask& task) const override {
    return known_sidecars(task, options_);
  }

  std::vector<fs::path> existing_outputs(const JobTask& task) const override {
    return existing_sidecars(task, options_);
  }

  JobReport run(const JobSurroundings& around, const JobTask& task) override {
    if (task.item.kind == InputKind::kSubtitles) return run_sidecar_job(around, task);
    return run_media_job(around, *graph_, task);
  }

 private:
  const SubtitleOptions& options_;
  std::string text_;
  std::optional<GraphSpec> graph_;
};

}  // namespace

ExitCode run_subtitle_batch(const SubtitleOptions& options, std::istream& list,
                            std::stop_token stop) {
  SubtitleWork work(options);
  return run_media_batch(work, options, {}, list, std::move(stop));
}

}  // namespace subtide
