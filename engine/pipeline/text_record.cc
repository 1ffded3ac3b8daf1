#include "engine/pipeline/text_record.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace subtide {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

Json json_of(const TimeSpan& span) { return Json::array({span.begin.count(), span.end.count()}); }

Result<TimeSpan> span_from(const Json& json) {
  const TimeSpan span{MediaTime(json.at(0).get<std::int64_t>()),
                      MediaTime(json.at(1).get<std::int64_t>())};
  if (span.end < span.begin) return make_error(ErrorCode::kBadInput, "a span runs backward");
  return span;
}

Json json_of(const RecordedPhrase& phrase) {
  Json words = Json::array();
  for (const Word& word : phrase->words) {
    words.push_back({word.text, word.span.begin.count(), word.span.end.count(), word.confidence});
  }
  Json json = {{"words", std::move(words)}, {"language", phrase->language}};
  if (phrase->is_punctuated) json["punctuated"] = true;
  if (phrase->speaker) json["speaker"] = *phrase->speaker;
  if (!phrase->preferred_breaks.empty()) json["breaks"] = phrase->preferred_breaks;
  return json;
}

Json json_of(const RecordedEvent& event) {
  return {{"event", event.type}, {"structure", event.structure}};
}
Json json_of(const RecordedTags& tags) { return {{"tags", tags.tags}}; }
Json json_of(const RecordedSilence& silence) { return {{"silence", json_of(silence.span)}}; }

Result<RecordedItem> phrase_from(const Json& json) {
  auto phrase = std::make_shared<Phrase>();
  for (const Json& each : json.at("words")) {
    Word word;
    each.at(0).get_to(word.text);
    const auto span = span_from(Json::array({each.at(1), each.at(2)}));
    if (!span) return span.error();
    word.span = *span;
    each.at(3).get_to(word.confidence);
    phrase->words.push_back(std::move(word));
  }
  if (phrase->words.empty()) return make_error(ErrorCode::kBadInput, "a phrase has no words");
  json.at("language").get_to(phrase->language);
  phrase->is_punctuated = json.value("punctuated", false);
  if (json.contains("speaker")) phrase->speaker = json["speaker"].get<std::string>();
  if (json.contains("breaks")) json["breaks"].get_to(phrase->preferred_breaks);
  return RecordedItem(RecordedPhrase(std::move(phrase)));
}

Result<RecordedItem> item_from(const Json& json) {
  if (json.contains("words")) return phrase_from(json);
  if (json.contains("tags")) return RecordedItem(RecordedTags{json["tags"].get<std::string>()});
  if (json.contains("silence")) {
    const auto span = span_from(json["silence"]);
    if (!span) return span.error();
    return RecordedItem(RecordedSilence{*span});
  }
  return RecordedItem(RecordedEvent{json.at("event").get<std::uint32_t>(),
                                    json.at("structure").get<std::string>()});
}

Json json_of(const RecordedSegment& segment) {
  return Json::array({segment.start, segment.stop, segment.time, segment.base});
}

Json speech_json(const TextRecord& record) {
  Json speech = Json::array();
  for (const SpeechSegment& each : record.speech) {
    speech.push_back({{"span", json_of(each.span)}, {"close", static_cast<int>(each.close)}});
  }
  return speech;
}

Json models_json(const TextRecord& record) {
  Json models = Json::array();
  for (const ModelUse& each : record.models) {
    models.push_back({each.role, each.spec, each.detail});
  }
  return models;
}

Json gaps_json(const TextRecord& record) {
  Json gaps = Json::array();
  for (const Gap& each : record.gaps) {
    gaps.push_back({{"span", json_of(each.span)}, {"reason", each.reason}});
  }
  return gaps;
}

Status read_speech(const Json& json, TextRecord& record) {
  for (const Json& each : json.at("speech")) {
    const auto span = span_from(each.at("span"));
    if (!span) return span.error();
    const int close = each.at("close").get<int>();
    if (close < 0 || close > static_cast<int>(SegmentClose::kEnd)) {
      return make_error(ErrorCode::kBadInput, "speech closes in no known way: {}", close);
    }
    record.speech.push_back({*span, static_cast<SegmentClose>(close)});
  }
  return ok();
}

Status read_gaps(const Json& json, TextRecord& record) {
  for (const Json& each : json.at("gaps")) {
    const auto span = span_from(each.at("span"));
    if (!span) return span.error();
    record.gaps.push_back({*span, each.at("reason").get<std::string>()});
  }
  return ok();
}

Status read_items(const Json& json, TextRecord& record) {
  for (const Json& each : json.at("items")) {
    auto item = item_from(each);
    if (!item) return item.error();
    record.items.push_back(std::move(*item));
  }
  return ok();
}

Result<TextRecord> read(const Json& json) {
  if (json.at("version").get<int>() != kVersion) {
    return make_error(ErrorCode::kBadInput, "of another version");
  }
  TextRecord record;
  const Json& segment = json.at("segment");
  record.segment = {segment.at(0).get<std::int64_t>(), segment.at(1).get<std::int64_t>(),
                    segment.at(2).get<std::int64_t>(), segment.at(3).get<std::int64_t>()};
  record.processed = MediaDuration(json.at("processed").get<std::int64_t>());
  for (const Json& each : json.at("models")) {
    record.models.push_back({each.at(0), each.at(1), each.at(2)});
  }
  for (const auto& part : {read_items, read_speech, read_gaps}) {
    if (Status done = part(json, record); !done) return done.error();
  }
  return record;
}

}  // namespace

std::string to_json(const TextRecord& record) {
  Json items = Json::array();
  for (const RecordedItem& item : record.items) {
    items.push_back(std::visit([](const auto& each) { return json_of(each); }, item));
  }
  const Json json = {{"version", kVersion},
                     {"segment", json_of(record.segment)},
                     {"processed", record.processed.count()},
                     {"models", models_json(record)},
                     {"speech", speech_json(record)},
                     {"gaps", gaps_json(record)},
                     {"items", std::move(items)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TextRecord> text_record_from_json(std::string_view text) try {
  auto record = read(Json::parse(text));
  if (record) return record;
  return make_error(ErrorCode::kBadInput, "text record: {}", record.error().message);
} catch (const Json::exception& error) {
  return make_error(ErrorCode::kBadInput, "text record: {}", error.what());
}

}  // namespace subtide
