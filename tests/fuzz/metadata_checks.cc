#include "tests/fuzz/metadata_checks.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "engine/metadata/access_unit.h"
#include "engine/metadata/cue_file.h"
#include "engine/metadata/daterange.h"
#include "engine/metadata/emsg.h"
#include "engine/metadata/id3.h"
#include "engine/metadata/klv.h"
#include "engine/metadata/scte35.h"
#include "engine/metadata/sei.h"
#include "engine/metadata/ts_id3_filter.h"

namespace subtide {
namespace {

void demand(bool is_so) {
  if (!is_so) std::abort();
}

/// Refused, and then with a reason on one line.
template <typename T>
bool is_refused(const Result<T>& read) {
  if (!read) demand(!read.error().message.empty());
  return !read;
}

void check_item(const TimedMetadata& item) {
  const auto tag = read_id3(write_id3(item));
  demand(tag.has_value());
  demand(tag->payload == item.payload);
  const std::string line = to_line(DateRangeWriter().add(item, {}));
  demand(line.find('\n') == std::string::npos);
  const auto request = parse_metadata_request(write_cue_line(item), "again");
  demand(request.has_value());
  demand(request->item.payload == item.payload && request->item.id == item.id);
}

void check_id3(ByteView bytes) {
  const auto item = read_id3(bytes);
  if (is_refused(item)) return;
  const auto again = read_id3(write_id3(*item));
  demand(again.has_value());
  if (item->kind == PayloadKind::kId3) demand(*again == *item);
}

void check_emsg(ByteView bytes) {
  auto message = read_emsg(bytes);
  if (is_refused(message)) return;
  message->version = 1;
  const auto again = read_emsg(write_emsg(*message));
  demand(again && *again == *message);
  const auto item = read_item(*message, MediaTime(0));
  if (!is_refused(item)) demand(make_event_message(*item, item->at, 1000).timescale == 1000);
}

void check_splice(ByteView bytes) {
  const auto splice = read_splice(bytes);
  if (is_refused(splice)) return;
  const Bytes written = splice->command == SpliceCommand::kTimeSignal
                            ? write_time_signal(*splice)
                            : write_splice_insert(*splice);
  const auto again = read_splice(written);
  demand(again.has_value());
  if (splice->command == SpliceCommand::kTimeSignal) demand(again->pts == splice->pts);
}

void check_klv(ByteView bytes) {
  const auto items = split_klv(bytes);
  if (is_refused(items)) return;
  for (const KlvItem& item : *items) {
    const Bytes written = write_klv(item.key, item.value);
    const auto again = split_klv(written);
    demand(again && again->size() == 1 && std::ranges::equal(again->front().value, item.value));
    const auto local = split_local_set(item.value);
    if (!is_refused(local)) demand(local->size() <= item.value.size());
  }
}

void check_sei(ByteView bytes) {
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kH265}) {
    const auto messages = read_sei(codec, bytes);
    if (is_refused(messages)) continue;
    for (const SeiMessage& message : *messages) {
      const auto again = read_sei(codec, write_sei(codec, message));
      demand(again && again->size() == 1 && again->front() == message);
      if (const auto item = item_of(message)) demand(item_of(make_item_sei(*item)) == item);
      if (const auto pairs = captions_of(message)) {
        demand(captions_of(make_caption_sei(*pairs)) == pairs);
      }
    }
  }
}

Bytes run_filter(ByteView bytes, std::size_t chunk) {
  TsId3Filter filter;
  TimedMetadata item;
  item.id = "a";
  demand(filter.add(item, 0).has_value());
  Bytes out;
  const auto append = [&out](const Bytes& more) {
    out.insert(out.end(), more.begin(), more.end());
  };
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    append(filter.push(bytes.subspan(at, std::min(chunk, bytes.size() - at))));
  }
  append(filter.finish());
  demand(filter.waiting() + filter.written() == 1);
  return out;
}

}  // namespace

void fuzz_cue_file(std::string_view bytes) {
  const auto requests = parse_cue_file(bytes, "fuzzed.jsonl");
  if (is_refused(requests)) return;
  for (const MetadataRequest& request : *requests) {
    TimedMetadata item = request.item;
    item.at = request.when.offset;
    check_item(item);
  }
}

void fuzz_metadata_carrier(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const ByteView rest = bytes.subspan(1);
  switch (bytes[0] % 5) {
    case 0:
      return check_id3(rest);
    case 1:
      return check_emsg(rest);
    case 2:
      return check_splice(rest);
    case 3:
      return check_klv(rest);
    default:
      return check_sei(rest);
  }
}

void fuzz_access_unit(std::span<const std::uint8_t> bytes) {
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kH265}) {
    for (const std::size_t length_size : {0U, 1U, 2U, 4U}) {
      const NalFraming framing{codec, length_size};
      const auto place = sei_place(bytes, framing);
      demand(!place || *place < bytes.size());
      if (!place) continue;
      const auto nal = frame_nal(framing, write_sei(codec, {5, Bytes(20, 1)}));
      demand(nal.has_value());
      Bytes with(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*place));
      with.insert(with.end(), nal->begin(), nal->end());
      with.insert(with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(*place), bytes.end());
      const auto again = sei_place(with, framing);
      demand(again == *place + nal->size());
      demand(!has_captions(bytes, framing) || has_captions(with, framing));
    }
  }
}

void fuzz_ts_id3_filter(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const ByteView rest = bytes.subspan(1);
  const Bytes whole = run_filter(rest, std::max<std::size_t>(rest.size(), 1));
  demand(run_filter(rest, std::size_t{bytes[0]} + 1) == whole);
}

}  // namespace subtide
