#include "tests/ingest/ingest_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "elements/register.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"

namespace subtide {

using namespace std::chrono_literals;

IngestRun::IngestRun(const std::string& uri, const std::map<std::string, std::string>& properties) {
  gst_init(nullptr, nullptr);
  static const bool is_registered = register_elements(nullptr, nullptr);
  EXPECT_TRUE(is_registered);
  pipeline_ = own_object(gst_pipeline_new(nullptr));
  bus_ = GstPtr<GstBus>(gst_element_get_bus(pipeline_.get()));
  element_ = gst_element_factory_make("tideingest", nullptr);
  gst_bin_add(GST_BIN(pipeline_.get()), element_);
  g_object_set(element_, "uri", uri.c_str(), nullptr);
  for (const auto& [name, value] : properties) {
    gst_util_set_object_arg(G_OBJECT(element_), name.c_str(), value.c_str());
  }
  g_signal_connect(element_, "pad-added", G_CALLBACK(on_pad), this);
  g_signal_connect(element_, "no-more-pads", G_CALLBACK(+[](GstElement*, gpointer self) {
                     static_cast<IngestRun*>(self)->has_all_pads_ = true;
                   }),
                   this);
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

IngestRun::~IngestRun() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

void IngestRun::on_pad(GstElement*, GstPad* pad, gpointer raw) {
  auto* self = static_cast<IngestRun*>(raw);
  gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      on_item, self, nullptr);
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
  gst_bin_add(GST_BIN(self->pipeline_.get()), sink);
  const PadPtr target(gst_element_get_static_pad(sink, "sink"));
  EXPECT_EQ(gst_pad_link(pad, target.get()), GST_PAD_LINK_OK);
  gst_element_sync_state_with_parent(sink);
  const CapsPtr caps(gst_pad_get_current_caps(pad));
  const TextPtr text(caps ? gst_caps_to_string(caps.get()) : g_strdup(""));
  const std::lock_guard lock(self->mutex_);
  self->seen_[GST_PAD_NAME(pad)].caps.emplace_back(text.get());
}

void IngestRun::see_event(Seen& seen, GstEvent* event) {
  if (const auto epoch = read_epoch(event)) {
    seen.epoch = epoch->number;
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    const TextPtr text(gst_caps_to_string(caps));
    if (seen.caps.empty() || seen.caps.back() != text.get()) seen.caps.emplace_back(text.get());
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
    const auto span = span_of_gap(event);
    seen.items.push_back({span->begin, span->duration(), {}, true, seen.epoch, Clock::now()});
  }
}

GstPadProbeReturn IngestRun::on_item(GstPad* pad, GstPadProbeInfo* item, gpointer raw) {
  auto* self = static_cast<IngestRun*>(raw);
  const std::lock_guard lock(self->mutex_);
  Seen& seen = self->seen_[GST_PAD_NAME(pad)];
  if ((GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    self->see_event(seen, GST_PAD_PROBE_INFO_EVENT(item));
    return GST_PAD_PROBE_OK;
  }
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(item);
  const auto span = span_of(buffer);
  EXPECT_TRUE(span) << "a buffer without time";
  seen.items.push_back({span->begin, span->duration(), to_media_time(GST_BUFFER_DTS(buffer)), false,
                        seen.epoch, Clock::now()});
  ++seen.buffers;
  return GST_PAD_PROBE_OK;
}

void IngestRun::read_messages() {
  while (const MessagePtr message = MessagePtr(gst_bus_pop(bus_.get()))) {
    if (const auto said = read_ingest_notice(message.get())) notices_.push_back(*said);
    if (const auto said = read_sound_notice(message.get())) sounds_.push_back(*said);
    if (const auto said = read_damage_notice(message.get())) damage_.push_back(*said);
    if (const auto said = read_format_notice(message.get())) formats_.push_back(*said);
    if (const auto epoch = read_epoch_notice(message.get())) epochs_.push_back(*epoch);
    if (const auto item = read_source_metadata(message.get())) metadata_.push_back(*item);
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) error_ = read_error(message.get());
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) has_ended_ = true;
  }
}

bool IngestRun::wait(const std::function<bool()>& is_true, std::chrono::milliseconds most) {
  const auto until = Clock::now() + most;
  while (true) {
    read_messages();
    if (is_true()) return true;
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(20ms);
  }
}

bool IngestRun::wait_for_buffers(const std::string& pad, std::size_t count) {
  return wait([&] { return buffers(pad) >= count; });
}

bool IngestRun::wait_for_media(MediaDuration more) {
  std::map<std::string, std::size_t> before;
  for (const auto& pad : pads()) before[pad] = buffers(pad);
  return wait([&] {
    return std::all_of(before.begin(), before.end(), [&](const auto& each) {
      const auto wanted = static_cast<std::size_t>(to_seconds(more) * 20);
      return buffers(each.first) >= each.second + wanted;
    });
  });
}

bool IngestRun::wait_for_notice(IngestChange change, std::size_t count) {
  return wait([&] { return notices(change).size() >= count; });
}

bool IngestRun::wait_for_epochs(std::size_t count) {
  return wait([&] { return epochs_.size() >= count; });
}

std::vector<SeenItem> IngestRun::items(const std::string& pad) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(pad);
  return found == seen_.end() ? std::vector<SeenItem>() : found->second.items;
}

std::size_t IngestRun::buffers(const std::string& pad) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(pad);
  return found == seen_.end() ? 0 : found->second.buffers;
}

std::set<std::string> IngestRun::pads() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names;
  for (const auto& [name, seen] : seen_) names.insert(name);
  return names;
}

std::vector<std::string> IngestRun::caps(const std::string& pad) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(pad);
  return found == seen_.end() ? std::vector<std::string>() : found->second.caps;
}

std::vector<IngestNotice> IngestRun::notices(IngestChange change) const {
  std::vector<IngestNotice> found;
  std::copy_if(notices_.begin(), notices_.end(), std::back_inserter(found),
               [change](const IngestNotice& said) { return said.change == change; });
  return found;
}

DamageNotice IngestRun::damage() const {
  DamageNotice sum;
  for (const DamageNotice& said : damage_) {
    sum.packets += said.packets;
    sum.missing += said.missing;
    sum.broken += said.broken;
  }
  return sum;
}

void IngestRun::check(MediaDuration hole) const {
  for (const std::string& pad : pads()) {
    std::optional<SeenItem> last;
    MediaTime end{0};
    for (const SeenItem& item : items(pad)) {
      const MediaTime key = item.dts.value_or(item.begin);
      if (item.is_gap) {
        EXPECT_LE(item.duration, std::max<MediaDuration>(hole, 5s)) << pad << ": a long GAP";
      }
      if (last) {
        const MediaTime before = last->dts.value_or(last->begin);
        EXPECT_GE(key, before) << pad << " went back at " << format_clock(key);
        if (item.epoch == last->epoch) {
          EXPECT_LE(key - end, hole) << pad << " has a hole at " << format_clock(end);
        }
      }
      EXPECT_GE(item.epoch, 0) << pad << ": a buffer before its epoch";
      end = std::max(end, key + item.duration);
      last = item;
    }
  }
}

std::size_t gaps_of(const std::vector<SeenItem>& items) {
  return static_cast<std::size_t>(
      std::count_if(items.begin(), items.end(), [](const SeenItem& item) { return item.is_gap; }));
}

ProcessSize size_of_process() {
  ProcessSize size;
  const auto count = [](const char* folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  };
  size.threads = count("/proc/self/task");
  size.descriptors = count("/proc/self/fd");
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) size.resident_kib = std::stoul(line.substr(6));
  }
  return size;
}

}  // namespace subtide
