#include "engine/pipeline/media_source.h"

#include <fmt/format.h>
#include <gst/audio/audio.h>
#include <gst/video/video.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/pipeline/format_policy.h"

namespace subtide {
namespace {

// What a decoded stream may ask of the elements behind: a guard against bombs.
constexpr const char* kSoundLimits = "audio/x-raw, rate=(int)[1, 192000], channels=(int)[1, 16]";
constexpr const char* kPictureLimits = "video/x-raw, width=(int)[1, 16384], height=(int)[1, 16384]";
constexpr guint kMostWaiting = 256U << 20U;  // bytes

// The answers of decodebin's autoplug-select, whose type is in no public header.
enum class Autoplug : gint { kTry = 0, kExpose = 1, kSkip = 2 };

gint select_element(GstElement*, GstPad*, GstCaps*, GstElementFactory* factory, gpointer) {
  const bool is_allowed = is_allowed_format_element(factory) || is_allowed_video_element(factory);
  return static_cast<gint>(is_allowed ? Autoplug::kTry : Autoplug::kSkip);
}

// A damaged frame costs itself, never the rest of the file.
void forgive_errors(GstBin*, GstBin*, GstElement* element, gpointer) {
  if (GST_IS_AUDIO_DECODER(element)) {
    gst_audio_decoder_set_max_errors(GST_AUDIO_DECODER(element), -1);
  }
  if (GST_IS_VIDEO_DECODER(element)) {
    gst_video_decoder_set_max_errors(GST_VIDEO_DECODER(element), -1);
  }
}

GstPadProbeReturn drop_data(GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_DROP; }

}  // namespace

/// One stream on its way through the bin: decoder, limits, and a tee behind the timeline.
struct MediaSource::Branch {
  MediaSource* source = nullptr;
  std::string stream;
  std::string pad;
  GstElement* decoder = nullptr;  ///< owned by the bin, as the next two
  GstElement* limits = nullptr;
  GstElement* out = nullptr;
  bool is_fed = false;
  bool is_waited_for = true;
  std::atomic<bool> is_empty = false;  ///< it ended before any data
};

MediaSource::MediaSource(MediaTime time_zero, Listener listener)
    : time_zero_(time_zero),
      listener_(std::move(listener)),
      bin_(own_object(gst_bin_new("input"))) {}

MediaSource::~MediaSource() = default;

Result<std::unique_ptr<MediaSource>> MediaSource::create(const MediaInput& input,
                                                         const MediaSelection& wanted,
                                                         MediaTime time_zero, Listener listener) {
  std::unique_ptr<MediaSource> source(new MediaSource(time_zero, std::move(listener)));
  if (auto built = source->build(input, wanted); !built) return built.error();
  return source;
}

Status MediaSource::build(const MediaInput& input, const MediaSelection& wanted) {
  queue_ = gst_element_factory_make("multiqueue", "packets");
  if (queue_ == nullptr) {
    return make_error(ErrorCode::kInternal, "GStreamer's core elements are not installed");
  }
  g_object_set(queue_, "max-size-buffers", 16U, "max-size-bytes", kMostWaiting, "max-size-time",
               guint64{0}, nullptr);
  gst_bin_add(GST_BIN(bin_.get()), queue_);
  if (wanted.video) {
    if (auto added = add_branch(*wanted.video, "video", kPictureLimits, false); !added) {
      return added;
    }
  }
  for (std::size_t i = 0; i < wanted.audio.size(); ++i) {
    auto added =
        add_branch(wanted.audio[i], fmt::format("audio_{}", i), kSoundLimits, wanted.speech == i);
    if (!added) return added;
  }
  waiting_ = branches_.size();
  auto demuxer =
      Demuxer::create(input, GST_BIN(bin_.get()),
                      {[this](GstPad* pad) { stream_added(pad); }, [this] { no_more_streams(); }});
  if (!demuxer) return demuxer.error();
  demuxer_ = *std::move(demuxer);
  return ok();
}

Status MediaSource::add_branch(const std::string& stream, const std::string& pad,
                               const char* limits, bool is_listened_to) {
  Branch& branch = *branches_.emplace_back(std::make_unique<Branch>());
  branch.source = this;
  branch.stream = stream;
  branch.pad = pad;
  branch.decoder = gst_element_factory_make("decodebin", nullptr);
  branch.limits = gst_element_factory_make("capsfilter", nullptr);
  branch.out = gst_element_factory_make("tee", nullptr);
  if (branch.decoder == nullptr || branch.limits == nullptr || branch.out == nullptr) {
    return make_error(ErrorCode::kInternal,
                      "GStreamer's decodebin is missing; install gstreamer1.0-plugins-base");
  }
  gst_util_set_object_arg(G_OBJECT(branch.limits), "caps", limits);
  g_object_set(branch.out, "allow-not-linked", TRUE, nullptr);
  gst_bin_add_many(GST_BIN(bin_.get()), branch.decoder, branch.limits, branch.out, nullptr);
  gst_element_link(branch.limits, branch.out);
  g_signal_connect(branch.decoder, "autoplug-select", G_CALLBACK(select_element), nullptr);
  g_signal_connect(branch.decoder, "deep-element-added", G_CALLBACK(forgive_errors), nullptr);
  g_signal_connect(branch.decoder, "pad-added", G_CALLBACK(decoder_pad_added), &branch);
  const auto expose = [&](const std::string& name) {
    const PadPtr out(gst_element_request_pad_simple(branch.out, "src_%u"));
    gst_element_add_pad(bin_.get(), gst_ghost_pad_new(name.c_str(), out.get()));
  };
  expose(pad);
  if (is_listened_to) expose("speech");
  const PadPtr held(gst_element_get_static_pad(branch.limits, "src"));
  const auto seen = [this, &branch] { arrived(branch); };
  const auto ended_empty = [this, &branch] {
    branch.is_empty = true;
    arrived(branch);
  };
  if (pad == "video") {
    pictures_ = std::make_unique<PictureTimeline>(held.get(), time_zero_,
                                                  PictureTimeline::Listener{seen, ended_empty});
  } else {
    sounds_.push_back(std::make_unique<AudioTimeline>(
        held.get(), TimeSpan{time_zero_, MediaTime::max()},
        AudioTimeline::Listener{seen, [] { return static_cast<GstEvent*>(nullptr); }, ended_empty},
        time_zero_));
  }
  return ok();
}

void MediaSource::stream_added(GstPad* pad) {
  const std::string name = stream_name(pad);
  for (const auto& branch : branches_) {
    if (branch->is_fed || branch->stream != name) continue;
    branch->is_fed = true;
    if (feed(*branch, pad)) return;
  }
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  gst_pad_add_probe(pad, kItems, drop_data, nullptr, nullptr);
}

bool MediaSource::feed(Branch& branch, GstPad* pad) {
  // Nothing links the demuxer to them until now, so the bin may have started it first.
  for (GstElement* element : {branch.out, branch.limits, branch.decoder, queue_}) {
    gst_element_set_state(element, GST_STATE_PAUSED);
  }
  const PadPtr into(gst_element_request_pad_simple(queue_, "sink_%u"));
  const std::string name = GST_PAD_NAME(into.get());
  const PadPtr out(gst_element_get_static_pad(queue_, ("src" + name.substr(4)).c_str()));
  const PadPtr sink(gst_element_get_static_pad(branch.decoder, "sink"));
  return out && gst_pad_link(out.get(), sink.get()) == GST_PAD_LINK_OK &&
         gst_pad_link(pad, into.get()) == GST_PAD_LINK_OK;
}

void MediaSource::no_more_streams() {
  for (const auto& branch : branches_) {
    if (!branch->is_fed) arrived(*branch);
  }
}

void MediaSource::arrived(Branch& branch) {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(branch.is_waited_for, false) || --waiting_ > 0) return;
  }
  listener_.all_arrived();
}

void MediaSource::decoder_pad_added(GstElement* decoder, GstPad* pad, gpointer data) {
  auto* branch = static_cast<Branch*>(data);
  guard(decoder, [&] {
    const PadPtr sink(gst_element_get_static_pad(branch->limits, "sink"));
    if (gst_pad_is_linked(sink.get())) return;
    if (gst_pad_link(pad, sink.get()) == GST_PAD_LINK_OK) return;
    const std::string what = branch->pad == "video"
                                 ? "the pictures are not decoded into memory, or over 16384 wide"
                                 : "the audio track has more than 16 channels or 192 kHz";
    post_error(branch->source->element(), make_error(ErrorCode::kUnsupported, "{}", what));
  });
}

CapsPtr MediaSource::caps(const std::string& pad) const {
  for (const auto& branch : branches_) {
    if (branch->pad != pad) continue;
    // Decoders tell a format for a gap too.
    if (branch->is_empty) return nullptr;
    const PadPtr held(gst_element_get_static_pad(branch->limits, "src"));
    return CapsPtr(gst_pad_get_current_caps(held.get()));
  }
  return nullptr;
}

TagListPtr MediaSource::tags(const std::string& pad) const {
  TagListPtr merged(gst_tag_list_new_empty());
  for (const auto& branch : branches_) {
    if (branch->pad != pad) continue;
    const PadPtr held(gst_element_get_static_pad(branch->limits, "src"));
    for (guint i = 0;; ++i) {
      const EventPtr event(gst_pad_get_sticky_event(held.get(), GST_EVENT_TAG, i));
      if (!event) break;
      GstTagList* tags = nullptr;
      gst_event_parse_tag(event.get(), &tags);
      gst_tag_list_insert(merged.get(), tags, GST_TAG_MERGE_KEEP);
    }
  }
  return merged;
}

void MediaSource::release() {
  if (pictures_) pictures_->release();
  for (const auto& sound : sounds_) sound->release();
}

void MediaSource::finish() {
  if (pictures_) pictures_->finish();
  for (const auto& sound : sounds_) sound->finish();
}

void MediaSource::abandon() {
  if (pictures_) pictures_->abandon();
  for (const auto& sound : sounds_) sound->abandon();
}

std::optional<TimeSpan> MediaSource::covered() const {
  auto all = pictures_ ? pictures_->covered() : std::nullopt;
  for (const auto& sound : sounds_) {
    auto one = sound->covered();
    if (!one) continue;
    one = one->shifted(-time_zero_);
    all = all ? hull(*all, *one) : *one;
  }
  return all;
}

std::optional<TimeSpan> MediaSource::covered(const std::string& pad) const {
  if (pad == "video") return pictures_ ? pictures_->covered() : std::nullopt;
  for (std::size_t i = 0; i < sounds_.size(); ++i) {
    if (pad != fmt::format("audio_{}", i)) continue;
    const auto span = sounds_[i]->covered();
    return span ? std::optional(span->shifted(-time_zero_)) : std::nullopt;
  }
  return std::nullopt;
}

std::size_t MediaSource::pictures() const { return pictures_ ? pictures_->count() : 0; }

std::optional<MediaTime> MediaSource::told_end() const {
  const QueryPtr length(gst_query_new_duration(GST_FORMAT_TIME));
  gint64 duration = -1;
  if (demuxer_->query(length.get())) gst_query_parse_duration(length.get(), nullptr, &duration);
  return duration > 0 ? std::optional(MediaTime(duration) - time_zero_) : std::nullopt;
}

bool MediaSource::has_ended() const {
  const bool is_over = !pictures_ || pictures_->has_ended();
  return is_over &&
         std::ranges::all_of(sounds_, [](const auto& sound) { return sound->has_ended(); });
}

}  // namespace subtide
