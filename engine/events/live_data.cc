// The data of what live streams say, as JSON.
#include "engine/events/event_data.h"
#include "engine/metadata/byte_text.h"
#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

using Json = EventData;

Json seconds(MediaTime time) { return to_seconds(time); }

Json source_json(const SourceNamed& source) {
  return {{"protocol", source.protocol}, {"url", source.url}};
}

Json words_json(const std::vector<Word>& words) {
  Json values = Json::array();
  for (const auto& word : words) {
    values.push_back({{"text", word.text},
                      {"start", seconds(word.span.begin)},
                      {"end", seconds(word.span.end)},
                      {"confidence", word.confidence}});
  }
  return values;
}

/// JSON as it is; anything else, and JSON that does not parse, in base64.
void add_payload(Json& value, const TimedMetadata& item) {
  if (item.kind == PayloadKind::kNone) return;
  if (item.kind == PayloadKind::kJson) {
    Json payload = Json::parse(item.payload.begin(), item.payload.end(), nullptr, false);
    if (!payload.is_discarded()) {
      value["payload"] = std::move(payload);
      return;
    }
  }
  value["payload_base64"] = to_base64(item.payload);
}

}  // namespace

Json to_data(const IngestOpened& body) {
  Json value = source_json(body.source);
  value["epoch"] = body.epoch;
  return value;
}
Json to_data(const IngestLost& body) {
  Json value = source_json(body.source);
  value["epoch"] = body.epoch;
  value["reason"] = body.reason;
  return value;
}
Json to_data(const IngestRetrying& body) {
  Json value = source_json(body.source);
  value["attempt"] = body.attempt;
  value["next_in_ms"] = to_milliseconds(body.next_in);
  value["reason"] = body.reason;
  return value;
}
Json to_data(const IngestRestored& body) {
  Json value = source_json(body.source);
  value["epoch"] = body.epoch;
  value["away"] = seconds(body.away);
  return value;
}
Json to_data(const IngestEnded& body) {
  Json value = source_json(body.source);
  value["reason"] = body.reason;
  return value;
}

Json to_data(const MediaFormatChanged& body) {
  return {{"kind", body.kind}, {"from", body.from}, {"to", body.to}, {"epoch", body.epoch}};
}
Json to_data(const MediaDiscontinuity& body) {
  return {{"kind", body.kind},
          {"epoch_old", body.epoch_old},
          {"epoch_new", body.epoch_new},
          {"from", seconds(body.from)},
          {"to", seconds(body.to)}};
}
Json to_data(const IngestDamaged& body) {
  Json value = source_json(body.source);
  value["epoch"] = body.epoch;
  value["packets"] = body.packets;
  value["missing"] = body.missing;
  value["broken"] = body.broken;
  return value;
}
Json to_data(const MediaAudioMissing& body) { return {{"since", seconds(body.since)}}; }
Json to_data(const MediaAudioSilent& body) {
  return {{"since", seconds(body.since)}, {"level_db", body.level_db}};
}
Json to_data(const MediaAudioRestored& body) { return {{"at", seconds(body.at)}}; }
Json to_data(const MediaSegmentBoundary& body) {
  return {{"epoch", body.epoch},
          {"number", body.number},
          {"start", seconds(body.span.begin)},
          {"end", seconds(body.span.end)},
          {"wall", format_wall_time(body.wall)}};
}
Json to_data(const MediaMetadataTimed& body) {
  const TimedMetadata& item = body.item;
  Json value = {{"id", item.id},
                {"class", item.class_name},
                {"start", seconds(item.at)},
                {"origin", item.origin}};
  if (item.duration) value["end"] = seconds(item.at + *item.duration);
  add_payload(value, item);
  return value;
}

Json to_data(const TranscriptPartial& body) {
  return {
      {"language", body.language}, {"revision", body.revision}, {"words", words_json(body.words)}};
}

Json to_data(const OutputSegmentPublished& body) {
  return {{"target", body.target},
          {"path", body.path},
          {"start", seconds(body.span.begin)},
          {"end", seconds(body.span.end)},
          {"bytes", body.bytes},
          {"waited_ms", to_milliseconds(body.waited)},
          {"serving_ms", to_milliseconds(body.serving)},
          {"packaging_ms", to_milliseconds(body.packaging)}};
}
Json to_data(const OutputPlaylistUpdated& body) {
  return {{"target", body.target}, {"path", body.path}, {"media_sequence", body.media_sequence}};
}
Json to_data(const OutputCongested& body) {
  return {{"target", body.target}, {"reason", body.reason}};
}
Json to_data(const OutputCleared& body) { return {{"target", body.target}}; }

}  // namespace subtide
