#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/result.h"
#include "engine/gst/ingest_notices.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// One thing that came out of a pad, with the moment it came.
struct SeenItem {
  MediaTime begin{0};
  MediaDuration duration{0};
  std::optional<MediaTime> dts;
  bool is_gap = false;
  int epoch = -1;
  std::chrono::steady_clock::time_point when;
};

/// A pipeline with `tideingest` in it, all its pads led into sinks that remember what came.
class IngestRun {
 public:
  using Clock = std::chrono::steady_clock;

  explicit IngestRun(const std::string& uri,
                     const std::map<std::string, std::string>& properties = {});
  ~IngestRun();
  IngestRun(const IngestRun&) = delete;
  IngestRun& operator=(const IngestRun&) = delete;

  GstElement* element() const { return element_; }

  /// Waits until it is true; false after `most`. The messages of the bus are read meanwhile.
  bool wait(const std::function<bool()>& is_true,
            std::chrono::milliseconds most = std::chrono::seconds(40));
  /// Until that many buffers came on the pad.
  bool wait_for_buffers(const std::string& pad, std::size_t count);
  /// Until that much more came on each pad that is there, roughly.
  bool wait_for_media(MediaDuration more);
  bool wait_for_notice(IngestChange change, std::size_t count = 1);
  bool wait_for_epochs(std::size_t count);
  void read_messages();

  std::vector<SeenItem> items(const std::string& pad) const;
  std::size_t buffers(const std::string& pad) const;
  std::set<std::string> pads() const;
  std::vector<std::string> caps(const std::string& pad) const;
  std::vector<IngestNotice> notices() const { return notices_; }
  std::vector<IngestNotice> notices(IngestChange change) const;
  std::vector<SoundNotice> sounds() const { return sounds_; }
  std::vector<FormatNotice> formats() const { return formats_; }
  /// Of all notices together.
  DamageNotice damage() const;
  std::vector<Epoch> epochs() const { return epochs_; }
  std::vector<TimedMetadata> metadata() const { return metadata_; }
  std::optional<Error> error() const { return error_; }
  bool has_ended() const { return has_ended_; }
  bool has_all_pads() const { return has_all_pads_; }

  /// Everything that must hold of any run: times never go back, buffers and gaps leave no hole
  /// longer than `hole` inside an epoch, GAPs are short. Fails the test.
  void check(MediaDuration hole = std::chrono::milliseconds(200)) const;

 private:
  struct Seen {
    std::vector<SeenItem> items;
    std::vector<std::string> caps;
    int epoch = -1;
    std::size_t buffers = 0;
  };

  static void on_pad(GstElement* element, GstPad* pad, gpointer self);
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  void see_event(Seen& seen, GstEvent* event);

  GstPtr<GstElement> pipeline_;
  GstPtr<GstBus> bus_;
  GstElement* element_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;
  std::vector<IngestNotice> notices_;
  std::vector<SoundNotice> sounds_;
  std::vector<DamageNotice> damage_;
  std::vector<FormatNotice> formats_;
  std::vector<Epoch> epochs_;
  std::vector<TimedMetadata> metadata_;
  std::optional<Error> error_;
  bool has_ended_ = false;
  std::atomic<bool> has_all_pads_ = false;
};

/// How many of them are GAP events.
std::size_t gaps_of(const std::vector<SeenItem>& items);

/// What a process holds.
struct ProcessSize {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
  std::size_t resident_kib = 0;
};
ProcessSize size_of_process();

}  // namespace subtide
