#include "engine/pipeline/demuxer.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/format_policy.h"
#include "engine/pipeline/movie_length.h"

namespace subtide {
namespace {

// Tags, then a container: real files do not nest deeper.
constexpr int kMaximumDepth = 4;
constexpr const char* kDepthKey = "subtide-depth";
// Real files have a few dozen, those with thousands of chapters some thousands.
constexpr std::size_t kLongestAtomRow = 20'000;

int depth_of(GstElement* element) {
  return GPOINTER_TO_INT(g_object_get_data(G_OBJECT(element), kDepthKey));
}

// ID3, APE and ICY wrap a whole file, whose format has still to be taken apart.
bool is_wrapper(GstElement* element) {
  const std::string_view type = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  return type.find("Metadata") != std::string_view::npos;
}

bool has_name(GstElement* element, std::string_view name) {
  return name == GST_OBJECT_NAME(gst_element_get_factory(element));
}

// Matroska's times are the file's timeline as they are, but this demuxer's GstSegment starts at
// whatever packet came first, and moves when an earlier one follows.
bool has_moving_segment(GstElement* element) { return has_name(element, "matroskademux"); }

bool has_endless_row(GstBuffer* buffer) {
  GstMapInfo bytes;
  if (gst_buffer_map(buffer, &bytes, GST_MAP_READ) == FALSE) return false;
  const bool is_endless = longest_atom_row({bytes.data, bytes.size}) > kLongestAtomRow;
  gst_buffer_unmap(buffer, &bytes);
  return is_endless;
}

GstPadProbeReturn make_segment_plain(GstPad*, GstPadProbeInfo* item, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) return GST_PAD_PROBE_OK;
  GstSegment plain;
  gst_segment_init(&plain, GST_FORMAT_TIME);
  GstEvent* replacement = gst_event_new_segment(&plain);
  gst_event_set_seqnum(replacement, gst_event_get_seqnum(event));
  gst_event_unref(event);
  GST_PAD_PROBE_INFO_DATA(item) = replacement;
  return GST_PAD_PROBE_OK;
}

}  // namespace

Result<std::unique_ptr<Demuxer>> Demuxer::create(const MediaInput& input, GstBin* bin,
                                                 Listener listener) {
  auto caps = sniff_format(input);
  if (!caps) return caps.error();
  GstElement* file = gst_element_factory_make("filesrc", "file");
  if (file == nullptr) {
    return make_error(ErrorCode::kInternal, "GStreamer's core elements are not installed");
  }
  g_object_set(file, "location", input.location().c_str(), nullptr);
  gst_bin_add(bin, file);
  const auto name = describe_format(caps->get());
  std::unique_ptr<Demuxer> demuxer(new Demuxer(bin, std::move(listener), name));
  const PadPtr pad(gst_element_get_static_pad(file, "src"));
  if (!demuxer->plug(pad.get(), caps->get())) {
    return make_error(ErrorCode::kUnsupported, "{}: the format {} is not supported", input.name(),
                      name);
  }
  return demuxer;
}

Demuxer::Demuxer(GstBin* bin, Listener listener, std::string container)
    : bin_(bin), listener_(std::move(listener)), container_(std::move(container)) {}

bool Demuxer::query(GstQuery* query) const {
  GstElement* element = innermost_;
  if (element == nullptr) return false;
  if (const auto length = movie_length_.load();
      GST_QUERY_TYPE(query) == GST_QUERY_DURATION && length > 0) {
    gst_query_set_duration(query, GST_FORMAT_TIME, length);
    return true;
  }
  // Asked by way of a pad: several demuxers mishandle queries to the element itself.
  struct Question {
    GstQuery* query;
    bool is_answered;
  } question{query, false};
  gst_element_foreach_src_pad(
      element,
      [](GstElement*, GstPad* pad, gpointer data) -> gboolean {
        auto* asked = static_cast<Question*>(data);
        asked->is_answered = gst_pad_query(pad, asked->query) != FALSE;
        return asked->is_answered ? FALSE : TRUE;
      },
      &question);
  return question.is_answered;
}

// Sees the file's bytes on their way to the demuxer.
GstPadProbeReturn Demuxer::on_pulled(GstPad*, GstPadProbeInfo* item, gpointer self) {
  constexpr gsize kTypeAt = 4;
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(item);
  const bool is_movie = gst_buffer_memcmp(buffer, kTypeAt, "moov", 4) == 0;
  if (!is_movie && gst_buffer_memcmp(buffer, kTypeAt, "moof", 4) != 0) return GST_PAD_PROBE_OK;
  if (has_endless_row(buffer)) {
    static_cast<Demuxer*>(self)->refuse(
        fmt::format("its header holds more than {} parts in a row", kLongestAtomRow));
    return GST_PAD_PROBE_DROP;  // the demuxer takes that for the end of the file
  }
  if (!is_movie) return GST_PAD_PROBE_OK;
  buffer = gst_buffer_make_writable(buffer);
  GST_PAD_PROBE_INFO_DATA(item) = buffer;
  GstMapInfo bytes;
  if (gst_buffer_map(buffer, &bytes, GST_MAP_READWRITE) == FALSE) return GST_PAD_PROBE_OK;
  const auto length = stretch_movie_length({bytes.data, bytes.size});
  gst_buffer_unmap(buffer, &bytes);
  if (length) static_cast<Demuxer*>(self)->movie_length_ = length->count();
  return GST_PAD_PROBE_OK;
}

bool Demuxer::plug(GstPad* pad, const GstCaps* caps) {
  const auto factory = find_demuxer(caps);
  if (!factory) return false;
  GstElement* element = gst_element_factory_create(factory.get(), nullptr);
  if (element == nullptr) return false;
  const ElementPtr upstream(gst_pad_get_parent_element(pad));
  g_object_set_data(G_OBJECT(element), kDepthKey, GINT_TO_POINTER(depth_of(upstream.get()) + 1));
  gst_bin_add(bin_, element);
  const PadPtr sink(gst_element_get_static_pad(element, "sink"));
  if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
    gst_bin_remove(bin_, element);
    return false;
  }
  if (has_name(element, "qtdemux")) {
    constexpr auto kPulled =
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_PULL);
    gst_pad_add_probe(pad, kPulled, on_pulled, this, nullptr);
  }
  adopt(element);
  gst_element_sync_state_with_parent(element);
  innermost_ = element;
  return true;
}

void Demuxer::adopt(GstElement* element) {
  g_signal_connect(element, "pad-added", G_CALLBACK(on_pad_added), this);
  g_signal_connect(element, "no-more-pads", G_CALLBACK(on_no_more_pads), this);
  const PadPtr fixed(gst_element_get_static_pad(element, "src"));
  if (!fixed) return;
  pad_added(element, fixed.get());
  if (!is_wrapper(element)) listener_.no_more_streams();
}

void Demuxer::pad_added(GstElement* element, GstPad* pad) {
  if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  if (has_moving_segment(element)) {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, make_segment_plain, nullptr,
                      nullptr);
  }
  if (!is_wrapper(element)) {
    listener_.stream_added(pad);
  } else if (depth_of(element) >= kMaximumDepth) {
    refuse(fmt::format("it has more than {} tags inside one another", kMaximumDepth - 1));
  } else if (const CapsPtr caps(gst_pad_get_current_caps(pad)); caps) {
    plug_wrapped(pad, caps.get());
  } else {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_wrapped_event, this, nullptr);
  }
}

void Demuxer::plug_wrapped(GstPad* pad, const GstCaps* caps) {
  container_ = describe_format(caps);
  if (!plug(pad, caps)) refuse(fmt::format("the format {} is not supported", container_));
}

void Demuxer::refuse(const std::string& why) {
  post_error(GST_ELEMENT(bin_), make_error(ErrorCode::kBadInput, "{}", why));
}

// What a wrapper holds is known with its caps event, which comes before data.
GstPadProbeReturn Demuxer::on_wrapped_event(GstPad* pad, GstPadProbeInfo* item, gpointer self) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  static_cast<Demuxer*>(self)->plug_wrapped(pad, caps);
  return GST_PAD_PROBE_REMOVE;
}

void Demuxer::on_pad_added(GstElement* element, GstPad* pad, gpointer self) {
  guard(element, [&] { static_cast<Demuxer*>(self)->pad_added(element, pad); });
}

void Demuxer::on_no_more_pads(GstElement* element, gpointer self) {
  guard(element, [&] {
    if (!is_wrapper(element)) static_cast<Demuxer*>(self)->listener_.no_more_streams();
  });
}

std::string stream_name(GstPad* pad) {
  const TextPtr text(gst_pad_get_stream_id(pad));
  const std::string id = text ? text.get() : "";
  const auto slash = id.find('/');
  return slash == std::string::npos ? "" : id.substr(slash + 1);
}

}  // namespace subtide
