#include "elements/hls_sink/hls_publisher.h"

#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

/// How often somebody's patience may be over.
constexpr std::chrono::milliseconds kTick(50);
constexpr std::chrono::seconds kLastPatience(5);
constexpr std::size_t kMostSizes = 10'000;

}  // namespace

Result<std::unique_ptr<HlsPublisher>> HlsPublisher::create(HlsPublisherOptions options) {
  std::unique_ptr<HlsPublisher> made(new HlsPublisher(std::move(options)));
  made->options_.presentation.after = made->folder_.former_end();
  auto presentation = Presentation::create(made->options_.presentation);
  if (!presentation) return presentation.error();
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
    look_after_folder();
  }
  if (has_ended) finish_folder(stop);
  if (has_ended && options_.on_end) options_.on_end();
}

/// The last playlists say that there is an end; a disk in trouble gets some more chances.
void HlsPublisher::finish_folder(const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + kLastPatience;
  while (folder_.trouble() && !stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kTick);
    look_after_folder();
  }
}

void HlsPublisher::carry_out(std::vector<PublishEffect> effects) {
  for (auto& effect : effects) {
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
}

/// Tells once of each trouble, and of its end.
void HlsPublisher::look_after_folder() {
  folder_.try_again();
  const bool is_in_trouble = folder_.trouble().has_value();
  if (is_in_trouble == std::exchange(has_complained_, is_in_trouble)) return;
  if (!is_in_trouble) return log_warning("{}: written again", options_.folder.string());
  if (options_.on_error) options_.on_error(*folder_.trouble());
}

void HlsPublisher::carry_out(FileWrite& effect) {
  if (sizes_.size() < kMostSizes) sizes_[effect.name] = effect.bytes.size();
  const auto bytes = std::make_shared<const std::string>(std::move(effect.bytes));
  folder_.write(effect.name, bytes);
  if (options_.observer) options_.observer->on_file(effect.name, bytes);
}

void HlsPublisher::carry_out(const FileRemoval& effect) {
  if (options_.observer) options_.observer->on_file_removed(effect.name);
  sizes_.erase(effect.name);
  folder_.remove(effect.name);
}

void HlsPublisher::carry_out(const PlaylistUpdate& effect) {
  folder_.write_playlist(effect.name, effect.text);
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
