#include "engine/pipeline/side_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

/// Buffers by which a target took something: while it still connects, a sink takes what stands
/// before the first picture, and holds that.
constexpr std::uint64_t kTaken = 20;

/// A target that takes nothing for so long after its queue is full counts as dead.
constexpr std::chrono::seconds kStandstill(15);

const char* mux_of(SideOutputKind kind) {
  switch (kind) {
    case SideOutputKind::kSrt:
      return "mpegtsmux name=mux alignment=7 ! srtsink name=sink sync=false "
             "wait-for-connection=false";
    case SideOutputKind::kRtmp:
      return "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false";
    case SideOutputKind::kMp4:
      return "mp4mux name=mux fragment-duration=2000 fragment-mode=first-moov-then-finalise ! "
             "filesink name=sink sync=false";
    case SideOutputKind::kMatroska:
      return "matroskamux name=mux offset-to-zero=false ! filesink name=sink sync=false";
  }
  return "";
}

GstPadProbeReturn count_one(GstPad*, GstPadProbeInfo*, gpointer counter) {
  ++*static_cast<std::atomic<std::uint64_t>*>(counter);
  return GST_PAD_PROBE_OK;
}

}  // namespace

SidePipeline::SidePipeline(const SideRoute& route)
    : route_(route), main_(own_object(GST_ELEMENT(route.main))) {}

Result<std::unique_ptr<SidePipeline>> SidePipeline::create(const SideRoute& route) {
  std::unique_ptr<SidePipeline> made(new SidePipeline(route));
  if (auto built = made->build(); !built) return built.error();
  return made;
}

SidePipeline::~SidePipeline() {
  disconnect();
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

Status SidePipeline::build() {
  GError* failure = nullptr;
  const ElementPtr way_out = own_object(
      gst_parse_launch(fmt::format("( {} )", mux_of(route_.target.kind)).c_str(), &failure));
  const ErrorPtr held(failure);
  if (!way_out || held) {
    return make_error(ErrorCode::kUnsupported, "{}: {}", route_.target.shown,
                      held ? held->message : "an element is missing");
  }
  pipeline_ = own_object(gst_pipeline_new(nullptr));
  gst_bin_add(GST_BIN(pipeline_.get()), way_out.get());
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"));
  const bool is_srt = route_.target.kind == SideOutputKind::kSrt;
  g_object_set(sink.get(), is_srt ? "uri" : "location", route_.target.address.c_str(), nullptr);
  if (route_.target.kind == SideOutputKind::kRtmp) {
    const auto timeout =
        std::chrono::duration_cast<std::chrono::seconds>(route_.queue) + kStandstill;
    g_object_set(sink.get(), "timeout", static_cast<guint>(timeout.count()), nullptr);
  }
  const PadPtr entry(gst_element_get_static_pad(sink.get(), "sink"));
  gst_pad_add_probe(
      entry.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      &count_one, &taken_, nullptr);
  for (const auto& stream : route_.streams) {
    if (auto added = add(stream); !added) return added;
  }
  return ok();
}

Status SidePipeline::add(const SideOutputStream& stream) {
  const ElementPtr mux(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "mux"));
  const bool is_srt = route_.target.kind == SideOutputKind::kSrt;
  const bool is_text = stream.kind == SideOutputStream::Kind::kText;
  if (is_srt && inlets_.empty()) markers_.stand_behind(mux.get());
  auto inlet = SideInlet::create(stream, is_text ? route_.queue + route_.text_lead : route_.queue,
                                 {[this](GstClockTime base) { begin_at(base); },
                                  [this, is_srt](GstBuffer* buffer) {
                                    if (is_srt) markers_.take(buffer);
                                  },
                                  [this] { ++overruns_; }});
  if (!inlet) return inlet.error();
  inlets_.push_back(std::move(*inlet));
  return inlets_.back()->link_to(GST_BIN(pipeline_.get()), mux.get(), route_.target.shown);
}

void SidePipeline::prepare() {
  // A failure comes as a message too.
  gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
  for (const auto& inlet : inlets_) inlet->connect();
}

void SidePipeline::play() {
  const GstPtr<GstClock> clock(gst_element_get_clock(main_.get()));
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock.get());
  gst_element_set_start_time(pipeline_.get(), GST_CLOCK_TIME_NONE);
  set_base_time();
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  set_base_time();
  gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
}

void SidePipeline::disconnect() {
  for (const auto& inlet : inlets_) inlet->disconnect();
}

void SidePipeline::begin_at(GstClockTime base) {
  if (base_.exchange(base) != base) set_base_time();
}

/// Base times are handed down in changes of state only.
void SidePipeline::set_base_time() {
  const GstClockTime time = gst_element_get_base_time(main_.get()) + base_;
  gst_element_set_base_time(pipeline_.get(), time);
  const GstPtr<GstIterator> each(gst_bin_iterate_recurse(GST_BIN(pipeline_.get())));
  gst_iterator_foreach(
      each.get(),
      [](const GValue* item, gpointer wanted) {
        gst_element_set_base_time(GST_ELEMENT(g_value_get_object(item)),
                                  *static_cast<GstClockTime*>(wanted));
      },
      const_cast<GstClockTime*>(&time));
}

MessagePtr SidePipeline::next_message(std::chrono::milliseconds most) const {
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  return MessagePtr(gst_bus_timed_pop_filtered(
      bus.get(), static_cast<GstClockTime>(std::chrono::nanoseconds(most).count()),
      static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
}

bool SidePipeline::is_at_ease() const {
  const bool has_taken = is_file(route_.target.kind) || taken_ >= kTaken;
  return has_taken &&
         std::ranges::all_of(inlets_, [](const auto& inlet) { return inlet->is_at_ease(); });
}

}  // namespace subtide
