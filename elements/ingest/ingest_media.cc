// What the source's threads do in the session: each buffer onto engine time, and out on its pad.
#include <fmt/format.h>
#include <gst/audio/audio.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>

#include "elements/ingest/ingest_session.h"
#include "engine/gst/audio_samples.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/metadata/scte35.h"

namespace subtide {
namespace {

// Shorter ones are jitter, or pictures of a changing rate.
constexpr MediaDuration kToldGap = std::chrono::milliseconds(500);

ClockReading read_clock() {
  return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

TimelineKind kind_of(PortKind kind) {
  switch (kind) {
    case PortKind::kVideo:
      return TimelineKind::kVideo;
    case PortKind::kAudio:
    case PortKind::kPcm:
      return TimelineKind::kAudio;
    case PortKind::kMeta:
      return TimelineKind::kOther;
  }
  return TimelineKind::kOther;
}

const char* template_of(PortKind kind) {
  switch (kind) {
    case PortKind::kVideo:
      return "video_%u";
    case PortKind::kAudio:
      return "audio_%u";
    case PortKind::kPcm:
      return "pcm_%u";
    case PortKind::kMeta:
      return "";
  }
  return "";
}

// What makes two caps another format for those downstream; a new codec_data alone does not.
std::string form_of(const GstCaps* caps) {
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  std::string form = gst_structure_get_name(fields);
  for (const char* name : {"width", "height", "rate", "channels", "mpegversion"}) {
    gint value = 0;
    if (!gst_structure_get_int(fields, name, &value)) continue;
    form += fmt::format(", {} {}", name, value);
  }
  return form;
}

double level_of(GstBuffer* buffer) {
  const AudioSamples samples(buffer);
  double sum = 0;
  for (const std::int16_t sample : samples.get()) sum += double(sample) * sample;
  if (samples.get().empty()) return 1.0;
  return std::sqrt(sum / static_cast<double>(samples.get().size())) / 32768.0;
}

std::vector<std::uint8_t> bytes_of(GstBuffer* buffer) {
  std::vector<std::uint8_t> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

MediaTime from_ticks(std::uint64_t ticks) {
  return MediaTime(static_cast<MediaTime::rep>(gst_util_uint64_scale(ticks, 100'000, 9)));
}

}  // namespace

std::size_t IngestSession::add_stream(PortKind kind) {
  if (kind == PortKind::kAudio || kind == PortKind::kPcm) watch_.expect_audio();
  return mapper_.add_stream(kind_of(kind));
}

IngestSession::Output& IngestSession::output_of(Port port) {
  const auto found = outputs_.find(port);
  if (found != outputs_.end()) return found->second;
  Output& output = outputs_[port];
  output.stream = add_stream(port.kind);
  ports_.push_back(port);
  // Its samples come a moment later; the first epoch waits for them.
  if (port.kind == PortKind::kAudio && plan_.settings.decode_audio) {
    output_of(Port{PortKind::kPcm, port.index});
  }
  return output;
}

void IngestSession::give_pad(Port port, GstCaps* caps) {
  const std::string pattern = template_of(port.kind);
  const std::string name = pattern.substr(0, pattern.size() - 2) + std::to_string(port.index);
  GstPadTemplate* pad_template = gst_element_class_get_pad_template(
      GST_ELEMENT_CLASS(G_OBJECT_GET_CLASS(element_)), pattern.c_str());
  GstPad* pad = gst_pad_new_from_template(pad_template, name.c_str());
  gst_pad_use_fixed_caps(pad);
  setup_ingest_pad(pad);
  auto out = std::make_unique<OutputStream>(
      pad, start_,
      plan_.is_paced() ? OutputStream::Pace::kByTheClock : OutputStream::Pace::kAsItComes);
  gst_pad_set_active(pad, TRUE);
  const TextPtr id(gst_pad_create_stream_id(pad, element_, name.c_str()));
  GstEvent* begin = gst_event_new_stream_start(id.get());
  gst_event_set_group_id(begin, group_);
  gst_pad_push_event(pad, begin);
  gst_pad_push_event(pad, gst_event_new_caps(caps));
  out->begin_with(caps);
  {
    const std::lock_guard lock(mutex_);
    out->set_playing(is_playing_);
    Output& output = outputs_[port];
    output.caps = own_mini_object(caps);
    output.out = std::move(out);
  }
  gst_element_add_pad(element_, pad);
}

void IngestSession::expect(Port port) {
  const std::lock_guard lock(mutex_);
  mapper_.set_present(output_of(port).stream, true);
}

bool IngestSession::take(Port port, SourceSample sample, const std::atomic<bool>& is_cut) {
  bool needs_pad = false;
  {
    const std::lock_guard lock(mutex_);
    needs_pad = !output_of(port).out && port.kind != PortKind::kMeta;
  }
  if (needs_pad) give_pad(port, sample.caps.get());
  News news;
  OutputStream* out = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (is_cut) return false;
    const ClockReading now = read_clock();
    Output& output = outputs_[port];
    out = output.out.get();
    if (!std::exchange(is_connected_, true)) mapper_.set_wraps(gate_->wraps());
    mapper_.set_present(output.stream, true);
    watch_.media(kind_of(port.kind), now.steady);
    if (port.kind == PortKind::kPcm) {
      notice_sound(watch_.level(level_of(sample.buffer.get()), sample.stamp.duration), news);
    }
    const std::string form = form_of(sample.caps.get());
    const bool is_other = !output.form.empty() && output.form != form;
    if (is_other && port.kind != PortKind::kPcm) {
      new_formats_.push_back(
          {port.kind == PortKind::kVideo ? "video" : "audio", output.form, form, 0});
      mapper_.change_format(output.stream, now);
    }
    output.form = form;
    output.pending.push_back(
        {std::move(sample.buffer), std::move(sample.caps), sample.stamp.duration});
    deliver(mapper_.push(output.stream, sample.stamp, now), news);
  }
  tell(news);
  return out == nullptr || out->wait_for_room(is_cut);
}

void IngestSession::take_health(const TsDamage& found) {
  const std::lock_guard lock(mutex_);
  health_ += found;
}

// Repeated by its sender it is the same item, and has the same checksum.
void IngestSession::take_splice(std::vector<std::uint8_t> section) {
  const auto splice = read_splice(section);
  if (!splice) {
    post_warning(element_, make_error(splice.error().code, "SCTE-35 of the source: {}",
                                      splice.error().message));
    return;
  }
  if (splice->command == SpliceCommand::kNull) return;
  TimedMetadata item;
  item.id = "scte35-";
  for (const std::uint8_t byte : std::span(section).last(4)) {
    fmt::format_to(std::back_inserter(item.id), "{:02x}", byte);
  }
  item.class_name = "scte35";
  item.kind = PayloadKind::kScte35;
  item.duration = splice->duration;
  item.origin = "source";
  item.payload = std::move(section);
  News news;
  {
    const std::lock_guard lock(mutex_);
    if (mapper_.epochs().empty()) return;
    for (const auto& [port, output] : outputs_) item.at = std::max(item.at, output.end);
    if (splice->pts) item.at = mapper_.locate(from_ticks(*splice->pts)).value_or(item.at);
    news.metadata.push_back(std::move(item));
  }
  tell(news);
}

void IngestSession::notice_epochs(News& news) {
  for (const Epoch& epoch : mapper_.epochs()) {
    if (epoch.number <= last_epoch_) continue;
    last_epoch_ = epoch.number;
    news.epochs.push_back(epoch);
    for (FormatNotice& changed : std::exchange(new_formats_, {})) {
      changed.epoch = epoch.number;
      news.formats.push_back(std::move(changed));
    }
    if (epoch.number == 0) {
      was_connected_ = true;
      news.has_all_pads = true;
      news.connection.push_back(notice(IngestChange::kOpened));
    } else if (epoch.reason == "reconnect") {
      news.connection.push_back(notice(IngestChange::kRestored));
    }
    backoff_.succeeded();
  }
}

void IngestSession::deliver(const std::vector<Placement>& placements, News& news) {
  notice_epochs(news);
  for (const Placement& placed : placements) {
    const Port port = ports_[placed.stream];
    Output& output = outputs_[port];
    if (output.pending.empty()) continue;
    Pending pending = std::move(output.pending.front());
    output.pending.pop_front();
    if (placed.is_kept) send(port, output, std::move(pending), placed, news);
  }
}

void IngestSession::send(Port port, Output& output, Pending pending, const Placement& placed,
                         News& news) {
  if (port.kind == PortKind::kMeta) {
    news.metadata.push_back(TimedMetadata{"klv-" + std::to_string(++metadata_count_),
                                          "klv",
                                          *placed.pts,
                                          {},
                                          PayloadKind::kKlv,
                                          bytes_of(pending.buffer.get()),
                                          "source"});
    return;
  }
  BufferPtr buffer(gst_buffer_make_writable(pending.buffer.release()));
  GST_BUFFER_PTS(buffer.get()) = to_clock_time(*placed.pts);
  GST_BUFFER_DTS(buffer.get()) = placed.dts ? to_clock_time(*placed.dts) : GST_CLOCK_TIME_NONE;
  if (!output.caps || !gst_caps_is_equal(output.caps.get(), pending.caps.get())) {
    output.out->put_caps(pending.caps.get());
    output.caps = std::move(pending.caps);
  }
  const MediaTime key = placed.dts.value_or(*placed.pts);
  // A stream that paused is told of as far as it has none.
  const bool fills = plan_.settings.fill != FillKind::kNone && output.epoch >= 0;
  if (fills && key - output.end >= kToldGap) fill(*output.out, {output.end, key});
  output.end = std::max(output.end, key + pending.duration);
  if (output.epoch != placed.epoch) {
    output.epoch = placed.epoch;
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
    if (const Epoch* epoch = mapper_.find(placed.epoch)) output.out->put_epoch(*epoch);
  }
  output.out->put_buffer(std::move(buffer));
}

}  // namespace subtide
