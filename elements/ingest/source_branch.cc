// One stream on its way from the demuxer to the gate: parser, the sound's decoder, taps.
#include "elements/ingest/source_branch.h"

#include <algorithm>
#include <utility>

#include <gst/audio/audio.h>
#define GST_USE_UNSTABLE_API  // the library is called so since 2013
#include <gst/mpegts/mpegts.h>

#include "engine/gst/clock_time.h"
#include "engine/gst/guard.h"

namespace subtide {
namespace {

constexpr const char* kPcmCaps = "audio/x-raw, format=" GST_AUDIO_NE(S16) ", layout=interleaved";

PortKind port_of(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::kVideo:
      return PortKind::kVideo;
    case TimelineKind::kAudio:
      return PortKind::kAudio;
    case TimelineKind::kOther:
      return PortKind::kMeta;
  }
  return PortKind::kMeta;
}

// "video_1_0100": the middle.
std::string program_of(const std::string& pad_name) {
  const auto first = pad_name.find('_');
  const auto last = pad_name.rfind('_');
  if (first == std::string::npos || first == last) return "";
  return pad_name.substr(first + 1, last - first - 1);
}

// Damaged frames are left out, however many there are.
void endure_damage(GstElement* decoder) {
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(decoder), "max-errors") != nullptr) {
    g_object_set(decoder, "max-errors", -1, nullptr);
  }
}

// Before its segment a file's stamps are what an edit list hides.
std::optional<MediaTime> stamp_of(GstSample* sample, GstClockTime time) {
  const auto plain = to_media_time(time);
  const GstSegment* segment = gst_sample_get_segment(sample);
  if (!plain || segment == nullptr) return plain;
  const auto shown = to_stream_time(*segment, *plain);
  return shown ? shown : plain;
}

}  // namespace

GstFlowReturn SourceGraph::Tap::on_sample(GstAppSink* sink, gpointer raw) {
  return guard(GST_ELEMENT(sink), GST_FLOW_ERROR, [&] {
    const GstPtr<GstSample> sample(gst_app_sink_pull_sample(sink));
    return sample ? static_cast<Tap*>(raw)->take(sample.get()) : GST_FLOW_OK;
  });
}

GstFlowReturn SourceGraph::Tap::take(GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstCaps* caps = gst_sample_get_caps(sample);
  if (buffer == nullptr || caps == nullptr) return GST_FLOW_OK;
  SourceSample taken{own_mini_object(buffer), own_mini_object(caps), {}};
  if (clock != nullptr) {
    taken.stamp.pts = clock->source_time(GST_BUFFER_PTS(buffer));
    taken.stamp.dts = clock->source_time(GST_BUFFER_DTS(buffer));
  } else {
    taken.stamp.pts = stamp_of(sample, GST_BUFFER_PTS(buffer));
    taken.stamp.dts = stamp_of(sample, GST_BUFFER_DTS(buffer));
  }
  // Sound is shown in the order in which it comes; some parsers give it a DTS all the same.
  if (port.kind == PortKind::kAudio || port.kind == PortKind::kPcm) taken.stamp.dts.reset();
  taken.stamp.duration = to_media_time(GST_BUFFER_DURATION(buffer)).value_or(MediaDuration(0));
  return gate->pass(port, std::move(taken)) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

TsClock* SourceGraph::clock_of(GstPad* pad) {
  const ElementPtr element(gst_pad_get_parent_element(pad));
  const std::lock_guard lock(mutex_);
  const auto found = clocks_.find(element.get());
  return found == clocks_.end() ? nullptr : found->second.get();
}

// When a transport stream's programme is set up anew, the new pads come before the old ones go.
unsigned SourceGraph::free_index(TimelineKind kind, const TsClock* clock,
                                 const std::string& program) const {
  const auto holds = [&](const Branch& branch, unsigned index) {
    const bool is_replaced =
        branch.has_ended || (branch.clock == clock && branch.program != program);
    return branch.kind == kind && branch.index == index && !is_replaced;
  };
  for (unsigned index = 0;; ++index) {
    const bool is_taken = std::any_of(branches_.begin(), branches_.end(),
                                      [&](const auto& branch) { return holds(*branch, index); });
    if (!is_taken) return index;
  }
}

// A damaged programme table can set up streams that never come; their parsers complain at the end.
bool SourceGraph::is_of_replaced(GstObject* element) {
  const std::lock_guard lock(mutex_);
  return std::any_of(branches_.begin(), branches_.end(), [element](const auto& branch) {
    const auto& own = branch->elements;
    return branch->has_ended &&
           std::find(own.begin(), own.end(), GST_ELEMENT_CAST(element)) != own.end();
  });
}

// Adds an element, or with `caps` a filter, behind `from`. Gives its source pad, which the element
// keeps alive; null when it is missing.
GstPad* SourceGraph::lengthen(Branch& branch, GstPad* from, const char* factory, const char* caps) {
  GstElement* element = from == nullptr ? nullptr : add(factory);
  if (element == nullptr) return nullptr;
  branch.elements.push_back(element);
  if (caps != nullptr) {
    const CapsPtr form(gst_caps_from_string(caps));
    g_object_set(element, "caps", form.get(), nullptr);
  }
  const PadPtr sink(gst_element_get_static_pad(element, "sink"));
  gst_pad_link(from, sink.get());
  const PadPtr source(gst_element_get_static_pad(element, "src"));
  return source.get();
}

void SourceGraph::add_tap(Branch& branch, GstPad* from, PortKind kind) {
  GstElement* sink = from == nullptr ? nullptr : add("appsink");
  if (sink == nullptr) return;
  branch.elements.push_back(sink);
  g_object_set(sink, "sync", FALSE, "async", FALSE, "max-buffers", 1U, nullptr);
  branch.taps.push_back(
      std::make_unique<Tap>(Tap{gate_.get(), Port{kind, branch.index}, branch.clock, branch.name}));
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = Tap::on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, branch.taps.back().get(), nullptr);
  const PadPtr target(gst_element_get_static_pad(sink, "sink"));
  gst_pad_link(from, target.get());
  if (kind != PortKind::kMeta) gate_->expect(Port{kind, branch.index});
}

void SourceGraph::decode(Branch& branch, GstPad* from, const StreamFormat& format) {
  const char* decoder = nullptr;
  for (const char* name : format.decoders) {
    const GstPtr<GstElementFactory> known(name ? gst_element_factory_find(name) : nullptr);
    if (known && decoder == nullptr) decoder = name;
  }
  GstPad* pad = decoder == nullptr ? nullptr : lengthen(branch, from, decoder);
  if (pad != nullptr) endure_damage(branch.elements.back());
  pad = lengthen(branch, pad, "audioconvert");
  pad = lengthen(branch, pad, "capsfilter", kPcmCaps);
  add_tap(branch, pad, PortKind::kPcm);
}

// The demuxer sends a splice section down all pads of its programme; the first branch takes it.
bool SourceGraph::take_splice(const Branch& branch, GstEvent* event) {
  const auto release = [](GstMpegtsSection* one) { gst_mpegts_section_unref(one); };
  const std::unique_ptr<GstMpegtsSection, decltype(release)> section(
      gst_event_parse_mpegts_section(event), release);
  if (!section) return false;
  gsize size = 0;
  const guint8* bytes = gst_mpegts_section_packetize(section.get(), &size);
  const bool is_splice = section->section_type == GST_MPEGTS_SECTION_SCTE_SIT;
  if (is_splice && bytes != nullptr && branch.takes_splices) {
    branch.gate->pass_splice({bytes, bytes + size});
  }
  return true;
}

void SourceGraph::plug_stream(GstPad* pad, const StreamFormat& format) {
  auto made = std::make_unique<Branch>();
  Branch* branch = made.get();
  branch->origin = pad;
  branch->kind = format.kind;
  branch->clock = clock_of(pad);
  branch->name = GST_PAD_NAME(pad);
  if (branch->clock != nullptr) branch->program = program_of(branch->name);
  {
    const std::lock_guard lock(mutex_);
    branch->index = free_index(format.kind, branch->clock, branch->program);
    branch->gate = gate_.get();
    branch->takes_splices =
        std::none_of(branches_.begin(), branches_.end(), [&](const auto& other) {
          return other->takes_splices && !other->has_ended && other->clock == branch->clock &&
                 other->program == branch->program;
        });
    branches_.push_back(std::move(made));
  }
  if (branch->clock != nullptr) {
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad* from, GstPadProbeInfo* item, gpointer clock) {
          static_cast<TsClock*>(clock)->calibrate(GST_PAD_NAME(from),
                                                  GST_PAD_PROBE_INFO_BUFFER(item));
          return GST_PAD_PROBE_REMOVE;
        },
        branch->clock, nullptr);
  }
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* item, gpointer raw) {
        auto* of = static_cast<Branch*>(raw);
        GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
        if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) of->has_ended = true;
        return take_splice(*of, event) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
      },
      branch, nullptr);
  GstPad* end = pad;
  if (format.parser != nullptr) end = lengthen(*branch, end, format.parser);
  if (format.parsed_caps != nullptr) end = lengthen(*branch, end, "capsfilter", format.parsed_caps);
  if (format.is_decoded) {
    end = lengthen(*branch, end, "audioconvert");
    add_tap(*branch, lengthen(*branch, end, "capsfilter", kPcmCaps), PortKind::kPcm);
  } else if (format.kind == TimelineKind::kAudio && decodes_audio_) {
    split(*branch, end, format);
  } else {
    add_tap(*branch, end, port_of(format.kind));
  }
  // From the end on, so that each finds the next one ready.
  for (auto it = branch->elements.rbegin(); it != branch->elements.rend(); ++it) {
    gst_element_sync_state_with_parent(*it);
  }
}

// The sound goes out as it is and decoded.
void SourceGraph::split(Branch& branch, GstPad* from, const StreamFormat& format) {
  GstElement* tee = from == nullptr ? nullptr : add("tee");
  if (tee == nullptr) return;
  branch.elements.push_back(tee);
  g_object_set(tee, "allow-not-linked", TRUE, nullptr);
  const PadPtr sink(gst_element_get_static_pad(tee, "sink"));
  gst_pad_link(from, sink.get());
  const PadPtr plain(gst_element_request_pad_simple(tee, "src_%u"));
  const PadPtr decoded(gst_element_request_pad_simple(tee, "src_%u"));
  add_tap(branch, plain.get(), PortKind::kAudio);
  decode(branch, decoded.get(), format);
}

void SourceGraph::on_pad_removed(GstElement*, GstPad* pad, gpointer raw) {
  auto* self = static_cast<SourceGraph*>(raw);
  std::unique_ptr<Branch> gone;
  {
    const std::lock_guard lock(self->mutex_);
    const auto found = std::find_if(self->branches_.begin(), self->branches_.end(),
                                    [pad](const auto& branch) { return branch->origin == pad; });
    if (found == self->branches_.end()) return;
    gone = std::move(*found);
    self->branches_.erase(found);
  }
  for (GstElement* element : gone->elements) {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_bin_remove(self->bin(), element);
  }
}

}  // namespace subtide
