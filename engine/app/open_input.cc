#include "engine/app/open_input.h"

#include <chrono>
#include <optional>

#include "engine/app/fetch.h"

namespace subtide {

Result<MediaInput> open_input(const JobSurroundings& around, const InputItem& item) {
  using Clock = std::chrono::steady_clock;
  if (item.kind != InputKind::kUrl) return MediaInput::open(item.path);
  double shown = 0;
  const auto show = [&, start = Clock::now()](std::uint64_t done,
                                              std::optional<std::uint64_t> total) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    if (elapsed - shown < 0.25) return;
    shown = elapsed;
    around.console.fetch_progress(item.name, done, total, elapsed);
  };
  const auto file = fetch(item.url, show, around.stop);
  around.console.end_progress();
  if (!file) return file.error();
  return MediaInput::from_descriptor(file->descriptor(), item.name);
}

}  // namespace subtide
