#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/gst/pointer.h"
#include "engine/ingest/timeline_mapper.h"
#include "engine/ingest/ts_health.h"

namespace subtide {

/// What a stream of the source is, and which of its kind: it goes out on the pad of that name.
enum class PortKind { kVideo, kAudio, kPcm, kMeta };

struct Port {
  PortKind kind = PortKind::kMeta;
  unsigned index = 0;
  auto operator<=>(const Port&) const = default;
};

/// A buffer of the source with its own times.
struct SourceSample {
  BufferPtr buffer;
  CapsPtr caps;
  SourceStamp stamp;
};

/// Who hears what a source brings, on the source's threads.
class SourceListener {
 public:
  virtual ~SourceListener() = default;
  /// There is a stream, whose samples may still be some time away.
  virtual void expect(Port port) = 0;
  /// May wait for room; comes back soon after `is_cut` became true. False: nothing more is wanted.
  virtual bool take(Port port, SourceSample sample, const std::atomic<bool>& is_cut) = 0;
  /// A splice_info_section (SCTE-35) of the stream, about now.
  virtual void take_splice(std::vector<std::uint8_t> section) = 0;
  /// Packets of a transport stream came, and what was wrong with them.
  virtual void take_health(const TsDamage& found) = 0;
  /// It comes in pieces of about that length.
  virtual void comes_in_pieces(MediaDuration length) = 0;
  /// Wakes who waits in take().
  virtual void wake() = 0;
};

/// Stands between a source that may hang and the listener that has given it up: after cut()
/// nothing of the source reaches the listener, and no call is inside it.
///
/// Owner:   shared by both sides.
/// Threads: any.
/// Errors:  none.
class SourceGate {
 public:
  SourceGate(SourceListener* listener, bool wraps) : listener_(listener), wraps_(wraps) {}

  void expect(Port port);
  bool pass(Port port, SourceSample sample);
  void pass_splice(std::vector<std::uint8_t> section);
  void pass_health(const TsDamage& found);
  void pieces(MediaDuration length);
  void cut();
  bool is_cut() const { return is_cut_; }
  /// Whether the stamps wrap at 33 bits.
  bool wraps() const { return wraps_; }
  void set_wraps() { wraps_ = true; }

 private:
  bool enter();
  void leave();

  std::mutex mutex_;
  std::condition_variable left_;
  SourceListener* listener_;
  int inside_ = 0;
  std::atomic<bool> is_cut_ = false;
  std::atomic<bool> wraps_;
};

}  // namespace subtide
