#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "elements/ingest/ingest_settings.h"
#include "elements/ingest/live_source.h"
#include "elements/ingest/output_stream.h"
#include "elements/ingest/source_reaper.h"
#include "engine/gst/ingest_notices.h"
#include "engine/ingest/backoff.h"
#include "engine/ingest/source_watch.h"
#include "engine/ingest/timeline_mapper.h"

namespace subtide {

/// Gives one of its pads the functions of the element's skin.
void setup_ingest_pad(GstPad* pad);

/// What `tideingest` does from start to stop: connects, maps times, watches, fills and connects
/// again.
///
/// Time:    in: the source's; out: engine time on every pad.
/// Owner:   the element. Destroying it takes the pads away.
/// Threads: one that connects, one that looks at the clock ten times a second, the source's own,
///          and one for each pad.
/// Errors:  what no other attempt can mend becomes an element error, and the pads end.
class IngestSession : public SourceListener {
 public:
  IngestSession(GstElement* element, IngestPlan plan);
  ~IngestSession() override;
  IngestSession(const IngestSession&) = delete;
  IngestSession& operator=(const IngestSession&) = delete;

  bool is_live() const { return plan_.is_live(); }
  MediaDuration latency() const { return plan_.settings.latency; }
  void start();
  void set_playing(bool is_playing);

  void expect(Port port) override;
  bool take(Port port, SourceSample sample, const std::atomic<bool>& is_cut) override;
  void take_splice(std::vector<std::uint8_t> section) override;
  void take_health(const TsDamage& found) override;
  void comes_in_pieces(MediaDuration length) override;
  void wake() override;

 private:
  struct Pending {
    BufferPtr buffer;
    CapsPtr caps;
    MediaDuration duration{0};
  };
  struct Output {
    std::size_t stream = 0;
    std::unique_ptr<OutputStream> out;  ///< none for metadata, and before the first buffer
    std::deque<Pending> pending;
    CapsPtr caps;      ///< sent last
    std::string form;  ///< of what came last: a change of it is an epoch
    int epoch = -1;    ///< sent last
    MediaTime end{0};  ///< of what was sent, gaps included
  };
  /// What is said after the lock is left: who hears it may ask back.
  struct News {
    std::vector<IngestNotice> connection;
    std::vector<SoundNotice> sound;
    std::vector<DamageNotice> damage;
    std::vector<FormatNotice> formats;
    std::vector<Epoch> epochs;
    std::vector<TimedMetadata> metadata;
    bool has_all_pads = false;
  };
  struct Outcome {
    bool has_ended = false;
    Error error;
    MediaDuration silent_for{0};
  };

  // Under the lock.
  Output& output_of(Port port);
  std::size_t add_stream(PortKind kind);
  void deliver(const std::vector<Placement>& placements, News& news);
  void send(Port port, Output& output, Pending pending, const Placement& placed, News& news);
  void notice_epochs(News& news);
  void notice_sound(const std::vector<WatchNotice>& notices, News& news);
  void notice_damage(SteadyTime now, News& news);
  void fill(SteadyTime now);
  void fill(OutputStream& out, TimeSpan span) const;
  IngestNotice notice(IngestChange change, std::string reason = {}) const;

  void give_pad(Port port, GstCaps* caps);
  void tell(const News& news);
  void connect_for_ever(const std::stop_token& stop);
  Outcome run_source(const std::stop_token& stop);
  void forget_source(std::unique_ptr<LiveSource> source);
  bool goes_on_after(const Outcome& outcome);
  void pause(const std::stop_token& stop);
  void end_pads();
  void look_at_clock(const std::stop_token& stop);
  void tick(ClockReading now);

  GstElement* element_;
  const IngestPlan plan_;
  const std::shared_ptr<HlsMemory> memory_ = std::make_shared<HlsMemory>();
  const guint group_;
  OutputStart start_;
  SourceReaper reaper_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  TimelineMapper mapper_;
  SourceWatch watch_;
  Backoff backoff_;
  std::map<Port, Output> outputs_;
  std::vector<Port> ports_;  ///< by the mapper's number of the stream
  std::shared_ptr<SourceGate> gate_;
  LiveSource* source_ = nullptr;
  TsDamage health_;                        ///< since damage was told last
  SteadyTime damage_told_{};               ///< then
  std::vector<FormatNotice> new_formats_;  ///< that are told with their epoch
  std::optional<Error> lost_;
  MediaDuration silent_for_{0};
  bool is_connected_ = false;
  bool was_connected_ = false;
  bool is_playing_ = false;
  int last_epoch_ = -1;
  std::uint64_t metadata_count_ = 0;

  std::jthread ticker_;
  std::jthread connector_;
};

}  // namespace subtide
