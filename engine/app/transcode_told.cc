#include "engine/app/transcode_told.h"

#include <algorithm>

namespace subtide {
namespace {

constexpr std::size_t kLargestSidecar = 256U << 20U;

}  // namespace

void TranscodeTold::on_output(const OutputFile& file) {
  const auto folder = file.path.parent_path();
  if (folder == folder_) {
    texts_.push_back({file.path.string(), file.format, file.language, file.cues, ""});
  } else if (folder.parent_path() == folder_) {
    held_.push_back(file);
  } else {
    SessionTold::on_output(file);
  }
}

Status TranscodeTold::publish_held(const std::filesystem::path& folder,
                                   AtomicFile::IfExists if_exists, const Keep& keep) {
  for (OutputFile& file : held_) {
    const auto text = read_file(file.path, kLargestSidecar);
    if (!text) return text.error();
    const std::filesystem::path staged = file.path;
    file.path = folder / staged.filename();
    OutputNamed named{file.path.string(), file.format, file.language, file.cues, ""};
    keep(staged, named);
    if (auto written = write_file_atomically(file.path, *text, if_exists); !written) {
      return written;
    }
    SessionTold::on_output(file);
  }
  held_.clear();
  return ok();
}

void TranscodeTold::on_progress(const SessionProgress& progress) {
  SessionProgress all = progress;
  if (progress.total) {
    const auto whole = [&](MediaTime part) {
      return (*progress.total * look_ + std::min(part, *progress.total)) / looks_;
    };
    all.position = whole(progress.position);
    all.decoded = whole(progress.decoded);
  }
  SessionTold::on_progress(all);
}

void TranscodeTold::on_warning(const std::string& line) {
  if (warnings_.insert(line).second) SessionTold::on_warning(line);
}

}  // namespace subtide
