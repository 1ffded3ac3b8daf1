#include "tests/fuzz/message_checks.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "engine/events/received_event.h"
#include "engine/events/state_protocol.h"
#include "engine/work/link/stage_work.h"
#include "engine/work/link/wire.h"
#include "engine/work/store/transcript_json.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

void demand(bool is_so) {
  if (!is_so) std::abort();
}

/// Refused, and then with a reason.
template <typename T>
bool is_refused(const Result<T>& read) {
  if (!read) demand(!read.error().message.empty());
  return !read;
}

/// What was read is written, and that is read and written as the same.
template <typename Read>
void check_round_trip(std::string_view bytes, const Read& read) {
  const auto value = read(bytes);
  if (is_refused(value)) return;
  const std::string written = to_json(*value);
  const auto again = read(written);
  demand(again.has_value());
  demand(to_json(*again) == written);
}

}  // namespace

void fuzz_event_envelope(std::string_view bytes) {
  const auto event = parse_envelope(bytes);
  if (is_refused(event)) return;
  // It is read by hand; the library has the last word on what is JSON.
  const Json whole = Json::parse(bytes, nullptr, false);
  demand(whole.is_object());
  demand(Json::parse(event->data, nullptr, false) == whole.at("data"));
  demand(whole.at("source") == event->source && whole.at("subject") == event->subject);
  demand(whole.at("id") == event->id && whole.at("time") == event->time);
  demand(whole.at("type") == "io.subtide." + event->name + ".v1");
  demand(whole.contains("sequence") == event->sequence.has_value());
  demand(event->json == bytes);
}

void fuzz_state_protocol(std::string_view bytes) {
  StateFrames frames(1);
  for (const char byte : bytes) {
    if (byte == '\0') {
      frames.emplace_back();
    } else {
      frames.back().push_back(byte);
    }
  }
  if (const auto request = read_request(frames[0]); !is_refused(request)) {
    const std::string written = write_request(*request);
    const auto again = read_request(written);
    demand(again && write_request(*again) == written);
  }
  if (const auto snapshot = read_snapshot(frames); !is_refused(snapshot)) {
    const StateFrames written = write_snapshot(*snapshot);
    const auto again = read_snapshot(written);
    demand(again && write_snapshot(*again) == written);
  }
  if (const auto page = read_page(frames); !is_refused(page)) {
    const StateFrames written = write_page(*page);
    const auto again = read_page(written);
    demand(again && write_page(*again) == written);
  }
}

void fuzz_wire(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view body = end == bytes.npos ? "" : bytes.substr(end + 1);
  const auto message = wire::from_frames(bytes.substr(0, end), body);
  if (is_refused(message)) return;
  const wire::Frames written = wire::to_frames(*message);
  const auto again = wire::from_frames(written.kind, written.body);
  demand(again.has_value());
  demand(wire::to_frames(*again).body == written.body);
}

void fuzz_work_json(std::string_view bytes) {
  if (bytes.empty()) return;
  const int which = static_cast<unsigned char>(bytes.front()) % 5;
  bytes.remove_prefix(1);
  switch (which) {
    case 0:
      return check_round_trip(bytes, transcript_from_json);
    case 1:
      return check_round_trip(bytes, translation_from_json);
    case 2:
      return check_round_trip(bytes, pieces_from_json);
    case 3:
      return check_round_trip(bytes, transcribe_payload_from_json);
    default:
      return check_round_trip(bytes, translate_payload_from_json);
  }
}

}  // namespace subtide
