#include "elements/hls_sink/hls_publisher.h"

#include <system_error>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/base/log.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// How often somebody's patience may be over.
constexpr std::chrono::milliseconds kTick(50);
constexpr std::size_t kMostSizes = 10'000;

}  // namespace

Result<std::unique_ptr<HlsPublisher>> HlsPublisher::create(HlsPublisherOptions options) {
  auto presentation = Presentation::create(options.presentation);
  if (!presentation) return presentation.error();
  std::unique_ptr<HlsPublisher> made(new HlsPublisher(std::move(options)));
  made->presentation_.emplace(std::move(*presentation));
  made->thread_ =
      std::jthread([self = made.get()](const std::stop_token& stop) { self->run(stop); });
  return made;
}

HlsPublisher::~HlsPublisher() {
  thread_.request_stop();
  changed_.notify_all();
}

void HlsPublisher::run(const std::stop_token& stop) {
  bool has_ended = false;
  while (!stop.stop_requested() && !has_ended) {
    std::vector<PublishEffect> effects;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kTick, [this] { return is_changed_; });
      is_changed_ = false;
      presentation_->tick();
      effects = presentation_->take_effects();
      has_ended = presentation_->has_ended();
    }
    carry_out(std::move(effects));
  }
  if (has_ended && options_.on_end) options_.on_end();
}

void HlsPublisher::carry_out(std::vector<PublishEffect> effects) {
  for (auto& effect : effects) {
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
}

void HlsPublisher::complain(const Error& error) {
  if (std::exchange(has_complained_, true)) return;
  if (options_.on_error) options_.on_error(error);
}

void HlsPublisher::write(const std::string& name, std::string_view bytes) {
  if (options_.folder.empty()) return;
  const fs::path path = options_.folder / name;
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (failure) {
    complain(make_error(ErrorCode::kIo, "{}: {}", path.parent_path().string(), failure.message()));
    return;
  }
  const auto written = write_file_atomically(path, bytes, AtomicFile::IfExists::kReplace);
  if (!written) {
    complain(written.error());
  } else {
    has_complained_ = false;
  }
}

void HlsPublisher::carry_out(FileWrite& effect) {
  write(effect.name, effect.bytes);
  if (sizes_.size() < kMostSizes) sizes_[effect.name] = effect.bytes.size();
  if (options_.observer) {
    options_.observer->on_file(effect.name,
                               std::make_shared<const std::string>(std::move(effect.bytes)));
  }
}

void HlsPublisher::carry_out(const FileRemoval& effect) {
  if (options_.observer) options_.observer->on_file_removed(effect.name);
  sizes_.erase(effect.name);
  if (options_.folder.empty()) return;
  std::error_code ignored;
  fs::remove(options_.folder / effect.name, ignored);
}

void HlsPublisher::carry_out(const PlaylistUpdate& effect) {
  write(effect.name, effect.text);
  if (options_.observer) options_.observer->on_playlist(effect);
}

void HlsPublisher::carry_out(const SegmentPublished& effect) {
  const auto size = sizes_.find(effect.name);
  const std::uint64_t bytes = size == sizes_.end() ? 0 : size->second;
  if (size != sizes_.end()) sizes_.erase(size);
  if (options_.observer) options_.observer->on_segment(effect, bytes);
}

void HlsPublisher::carry_out(const LateCue& effect) {
  log_warning("{}: a caption came {} too late for every segment: {}", effect.rendition,
              format_clock(effect.cue.span.begin), effect.cue.id);
  if (options_.observer) options_.observer->on_late_cue(effect);
}

void HlsPublisher::carry_out(const LostSample& effect) {
  if (lost_samples_++ % 1000 == 0) {
    log_info("{}: a sample at {} could not be used ({} so far)", effect.rendition,
             format_clock(effect.at), lost_samples_);
  }
}

}  // namespace subtide
