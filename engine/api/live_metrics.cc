#include "engine/api/live_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace subtide {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries& delays() {
  static const Histogram::BucketBoundaries bounds = {
      0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 30};
  return bounds;
}

/// Of what should take no time.
const Histogram::BucketBoundaries& short_delays() {
  static const Histogram::BucketBoundaries bounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                     0.1,   0.2,   0.5,   1,    2,    5};
  return bounds;
}

double seconds(LiveMetrics::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Family<Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct LiveMetrics::State {
  prometheus::Registry registry;
  Histogram& policy =
      histograms(registry, "subtide_word_policy_seconds",
                 "From a word's end until the sound had come by which it was committed")
          .Add({}, delays());
  Histogram& compute = histograms(registry, "subtide_word_compute_seconds",
                                  "From then on until it was committed: waiting and the model")
                           .Add({}, delays());
  Family<Histogram>& delay = histograms(registry, "subtide_caption_delay_seconds",
                                        "From a cue's last word's end until it can be fetched");
  Family<Counter>& segments =
      counters(registry, "subtide_segments_published_total", "Segments of HLS that were published");
  Family<Counter>& bytes =
      counters(registry, "subtide_segment_bytes_total", "Bytes of published segments");
  Family<Histogram>& waited = histograms(registry, "subtide_segment_wait_seconds",
                                         "From a segment's end until all of it had come");
  Family<Histogram>& packaging =
      histograms(registry, "subtide_packaging_seconds",
                 "From then on until it was written and a playlist named it");
  Counter& metadata =
      counters(registry, "subtide_metadata_placed_total", "Timed metadata put into the stream")
          .Add({});
  Family<Counter>& epochs =
      counters(registry, "subtide_epochs_total", "Connections and discontinuities of the source");
  Family<Counter>& damaged = counters(registry, "subtide_source_packets_damaged_total",
                                      "Packets of the source that were missing or broken");
  Family<Counter>& gaps =
      counters(registry, "subtide_caption_gaps_total", "Stretches of speech without captions");
  Family<Counter>& late = counters(registry, "subtide_late_cues_total",
                                   "Cues that came after their segment was published");
  Gauge& connected =
      gauges(registry, "subtide_source_connected", "1 while the source delivers").Add({});
  Gauge& rung = gauges(registry, "subtide_shed_rung",
                       "How much work is left out to keep up: 0 nothing, 5 most")
                    .Add({});
  Gauge& waiting =
      gauges(registry, "subtide_viewers_waiting", "Requests that wait for what comes next").Add({});
  Family<Gauge>& congested =
      gauges(registry, "subtide_output_congested", "1 while an output cannot keep up or is away");
};

LiveMetrics::LiveMetrics() : state_(std::make_unique<State>()) {}
LiveMetrics::~LiveMetrics() = default;

void LiveMetrics::word_committed(Duration policy, Duration compute) {
  state_->policy.Observe(seconds(policy));
  state_->compute.Observe(seconds(compute));
}

void LiveMetrics::caption_published(const std::string& language, Duration delay) {
  state_->delay.Add({{"language", language}}, delays()).Observe(seconds(delay));
}

void LiveMetrics::segment_published(const std::string& rendition, std::uint64_t bytes) {
  state_->segments.Add({{"rendition", rendition}}).Increment();
  state_->bytes.Add({{"rendition", rendition}}).Increment(static_cast<double>(bytes));
}

void LiveMetrics::segment_packaged(const std::string& rendition, Duration waited,
                                   Duration packaging) {
  state_->waited.Add({{"rendition", rendition}}, delays()).Observe(seconds(waited));
  state_->packaging.Add({{"rendition", rendition}}, short_delays()).Observe(seconds(packaging));
}

void LiveMetrics::metadata_placed() { state_->metadata.Increment(); }

void LiveMetrics::epoch_opened(const std::string& reason) {
  state_->epochs.Add({{"reason", reason}}).Increment();
}

void LiveMetrics::packets_damaged(std::uint64_t missing, std::uint64_t broken) {
  state_->damaged.Add({{"kind", "missing"}}).Increment(static_cast<double>(missing));
  state_->damaged.Add({{"kind", "broken"}}).Increment(static_cast<double>(broken));
}

void LiveMetrics::gap_marked(const std::string& reason) {
  state_->gaps.Add({{"reason", reason}}).Increment();
}

void LiveMetrics::late_cue(const std::string& language) {
  state_->late.Add({{"language", language}}).Increment();
}

void LiveMetrics::source_connected(bool is_connected) {
  state_->connected.Set(is_connected ? 1 : 0);
}

void LiveMetrics::rung_taken(int rung) { state_->rung.Set(rung); }

void LiveMetrics::viewers_waiting(std::size_t count) {
  state_->waiting.Set(static_cast<double>(count));
}

void LiveMetrics::output_congested(const std::string& output, bool is_congested) {
  state_->congested.Add({{"output", output}}).Set(is_congested ? 1 : 0);
}

std::string LiveMetrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace subtide
