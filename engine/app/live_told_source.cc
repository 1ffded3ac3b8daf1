// What the source does, for everybody who wants to know; live_told.cc tells of the rest.
#include <utility>

#include "engine/app/live_told.h"

namespace subtide {
namespace {

std::string line_of(const IngestNotice& notice) {
  switch (notice.change) {
    case IngestChange::kOpened:
      return "connected";
    case IngestChange::kLost:
      return fmt::format("lost: {}", notice.reason);
    case IngestChange::kRetrying:
      return fmt::format("try {} in {:.1f} s: {}", notice.attempt,
                         std::chrono::duration<double>(notice.next_in).count(), notice.reason);
    case IngestChange::kRestored:
      return "connected again";
    case IngestChange::kEnded:
      return fmt::format("ended: {}", notice.reason);
  }
  return "";
}

EventBody event_of(const IngestNotice& notice) {
  const SourceNamed source{notice.protocol, notice.url};
  switch (notice.change) {
    case IngestChange::kOpened:
      return IngestOpened{source, notice.epoch};
    case IngestChange::kLost:
      return IngestLost{source, notice.epoch, notice.reason};
    case IngestChange::kRetrying:
      return IngestRetrying{source, notice.attempt, notice.next_in, notice.reason};
    case IngestChange::kRestored:
      return IngestRestored{source, notice.epoch, MediaDuration(0)};
    case IngestChange::kEnded:
      return IngestEnded{source, notice.reason};
  }
  return IngestEnded{source, notice.reason};
}

}  // namespace

void LiveTold::on_source(const IngestNotice& notice) {
  to_.console.line("{}: {}", notice.url, line_of(notice));
  to_.events.emit(job_, event_of(notice));
  const bool is_connected =
      notice.change == IngestChange::kOpened || notice.change == IngestChange::kRestored;
  to_.metrics.source_connected(is_connected);
  change([&](LiveBoard& board) {
    if (board.state == "ending") return;
    const bool is_over = notice.change == IngestChange::kEnded;
    const bool was_live = board.state == "live" || board.state == "reconnecting";
    board.state = is_connected ? "live"
                  : is_over    ? "ending"
                  : was_live   ? "reconnecting"
                               : "connecting";
  });
}

void LiveTold::on_damage(const DamageNotice& notice) {
  to_.console.line("the source is damaged: of {} packets {} are missing, {} broken",
                   notice.packets + notice.missing, notice.missing, notice.broken);
  to_.metrics.packets_damaged(notice.missing, notice.broken);
  to_.events.emit(job_, IngestDamaged{{notice.protocol, notice.url},
                                      notice.epoch,
                                      notice.packets,
                                      notice.missing,
                                      notice.broken});
}

void LiveTold::on_format(const FormatNotice& notice) {
  to_.console.line("the {} changed: {} -> {}", notice.kind, notice.from, notice.to);
  to_.events.emit(job_, MediaFormatChanged{notice.kind, notice.from, notice.to, notice.epoch});
}

void LiveTold::on_epoch(const Epoch& epoch) {
  std::optional<Epoch> former;
  {
    const std::lock_guard lock(mutex_);
    former = std::exchange(epoch_, epoch);
  }
  to_.metrics.epoch_opened(epoch.reason);
  if (former) {
    to_.events.emit(job_, MediaDiscontinuity{epoch.reason, former->number, epoch.number,
                                             former->to_source(epoch.begins), epoch.source});
  }
  change([&](LiveBoard& board) { board.epoch = epoch.number; });
}

void LiveTold::on_sound(const SoundNotice& notice) {
  switch (notice.change) {
    case SoundChange::kMissing:
      to_.console.line("no sound for {:.0f} s", to_seconds(notice.since));
      to_.events.emit(job_, MediaAudioMissing{notice.at - notice.since});
      return;
    case SoundChange::kSilent:
      to_.console.line("the sound is silent for {:.0f} s", to_seconds(notice.since));
      to_.events.emit(job_, MediaAudioSilent{notice.at - notice.since, -80});
      return;
    case SoundChange::kRestored:
      to_.console.line("there is sound again");
      to_.events.emit(job_, MediaAudioRestored{notice.at});
      return;
  }
}

}  // namespace subtide
