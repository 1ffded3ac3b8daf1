#include "elements/hls_sink/hls_publisher.h"

#include <utility>

#include "elements/hls_sink/former_folder.h"
#include "engine/base/log.h"

namespace subtide {
namespace {

/// How often somebody's patience may be over.
constexpr std::chrono::milliseconds kTick(50);
constexpr std::chrono::nanoseconds kNoTime(0);

}  // namespace

Result<std::unique_ptr<HlsPublisher>> HlsPublisher::create(HlsPublisherOptions options) {
  if (!options.presentation.clock) options.presentation.clock = [] { return kNoTime; };
  PublishedFolder folder(options.folder);
  options.presentation.after = folder.former_end();
  if (options.presentation.type == PlaylistType::kEvent && !options.folder.empty()) {
    FormerFolder former = read_former_folder(options.folder);
    for (const std::string& note : former.notes) log_warning("{}", note);
    if (!former.programme.is_empty()) folder.keep_former();
    options.presentation.former = std::move(former.programme);
  }
  auto presentation = Presentation::create(options.presentation);
  if (!presentation) return presentation.error();
  return std::unique_ptr<HlsPublisher>(
      new HlsPublisher(std::move(options), std::move(*presentation), std::move(folder)));
}

HlsPublisher::HlsPublisher(HlsPublisherOptions options, Presentation presentation,
                           PublishedFolder folder)
    : options_(std::move(options)),
      presentation_(std::move(presentation)),
      writer_(std::move(folder), options_.folder.string(), written()) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HlsPublisher::~HlsPublisher() {
  thread_.request_stop();
  changed_.notify_all();
}

FolderWriter::Callbacks HlsPublisher::written() const {
  FolderWriter::Callbacks callbacks;
  callbacks.on_error = options_.on_error;
  callbacks.on_end = options_.on_end;
  const auto observer = options_.observer;
  if (!observer) return callbacks;
  callbacks.on_playlist = [observer](const PlaylistUpdate& playlist) {
    observer->on_playlist_written(playlist);
  };
  callbacks.on_segment = [observer, clock = options_.presentation.clock](
                             const SegmentPublished& segment, std::uint64_t bytes) {
    observer->on_segment(segment,
                         {bytes, segment.complete_at - segment.closed_at,
                          segment.served_at - segment.complete_at, clock() - segment.complete_at});
  };
  return callbacks;
}

void HlsPublisher::run(const std::stop_token& stop) {
  bool has_ended = false;
  while (!stop.stop_requested() && !has_ended) {
    std::vector<PublishEffect> effects;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kTick, [this] { return is_changed_; });
      is_changed_ = false;
      presentation_.tick();
      effects = presentation_.take_effects();
      has_ended = presentation_.has_ended();
    }
    for (auto& effect : effects) {
      std::visit([this](auto& one) { carry_out(one); }, effect);
    }
  }
  if (has_ended) writer_.finish();
}

void HlsPublisher::carry_out(FileWrite& effect) {
  const auto bytes = std::make_shared<const std::string>(std::move(effect.bytes));
  if (options_.observer) options_.observer->on_file(effect.name, bytes);
  writer_.write(effect.name, bytes);
}

void HlsPublisher::carry_out(const FileRemoval& effect) {
  if (options_.observer) options_.observer->on_file_removed(effect.name);
  writer_.remove(effect.name);
}

void HlsPublisher::carry_out(PlaylistUpdate& effect) {
  if (options_.observer) options_.observer->on_playlist(effect);
  writer_.write_playlist(std::move(effect));
}

void HlsPublisher::carry_out(SegmentPublished& effect) {
  effect.served_at = options_.presentation.clock();
  writer_.tell(std::move(effect));
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
