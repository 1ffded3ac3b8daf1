// Events become JSON here; the one file of the folder that knows the JSON library.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/events/event.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

Json seconds(MediaTime time) { return to_seconds(time); }
Json seconds_or_null(const std::optional<MediaDuration>& time) {
  return time ? Json(to_seconds(*time)) : Json(nullptr);
}
Json span_json(const TimeSpan& span) {
  return {{"start", seconds(span.begin)}, {"end", seconds(span.end)}};
}

Json to_value(const ModelNamed& model) {
  return {{"role", model.role}, {"spec", model.spec}, {"detail", model.detail}};
}

Json to_value(const OutputNamed& output) {
  Json value = {{"path", output.path}, {"format", output.format}, {"cues", output.cues}};
  if (!output.language.empty()) value["language"] = output.language;
  if (!output.sha256.empty()) value["sha256"] = output.sha256;
  return value;
}

Json to_value(const Gap& gap) {
  Json value = span_json(gap.span);
  value["reason"] = gap.reason;
  return value;
}

Json to_value(const TrackNamed& track) {
  Json value = {{"kind", track.kind}, {"codec", track.codec}, {"language", track.language}};
  if (track.kind == "audio") {
    value["channels"] = track.channels;
    value["sample_rate"] = track.sample_rate;
  }
  return value;
}

Json to_value(const Word& word) {
  Json value = {{"text", word.text}};
  value.update(span_json(word.span));
  value["confidence"] = word.confidence;
  return value;
}

template <typename T>
Json list(const std::vector<T>& items) {
  Json values = Json::array();
  for (const auto& item : items) values.push_back(to_value(item));
  return values;
}

Json outcome_json(const JobOutcome& outcome) {
  return {{"input", outcome.input},
          {"outputs", list(outcome.outputs)},
          {"gaps", list(outcome.gaps)},
          {"models", list(outcome.models)},
          {"reasons", outcome.reasons}};
}

struct DataOf {
  Json operator()(const JobAccepted& body) const {
    return {{"input", body.input}, {"outputs", body.outputs}};
  }
  Json operator()(const JobStarted& body) const { return {{"input", body.input}}; }
  Json operator()(const JobProgress& body) const {
    return {{"done", seconds(body.done)},
            {"total", seconds_or_null(body.total)},
            {"speed", body.speed},
            {"eta", seconds_or_null(body.eta)}};
  }
  Json operator()(const JobCompleted& body) const { return outcome_json(body.outcome); }
  Json operator()(const JobCompletedDegraded& body) const { return outcome_json(body.outcome); }
  Json operator()(const JobFailed& body) const {
    return {{"input", body.input},
            {"code", body.code},
            {"message", body.message},
            {"outputs", list(body.outputs)}};
  }
  Json operator()(const MediaInfo& body) const {
    return {{"name", body.name},
            {"container", body.container},
            {"duration", seconds_or_null(body.duration)},
            {"tracks", list(body.tracks)}};
  }
  Json operator()(const SpeechStarted& body) const { return {{"start", seconds(body.at)}}; }
  Json operator()(const SpeechEnded& body) const {
    Json value = span_json(body.segment.span);
    value["reason"] = to_string(body.segment.close);
    return value;
  }
  Json operator()(const ModelLoaded& body) const { return to_value(body.model); }
  Json operator()(const TranscriptFinal& body) const {
    return {{"language", body.language}, {"revision", body.revision}, {"words", list(body.words)}};
  }
  Json operator()(const CueEmitted& body) const {
    Json value = {{"id", body.cue.id}};
    value.update(span_json(body.cue.span));
    value["lines"] = body.cue.lines;
    value["language"] = body.cue.language;
    if (body.cue.speaker) value["speaker"] = *body.cue.speaker;
    if (body.latency) value["latency_ms"] = to_milliseconds(*body.latency);
    return value;
  }
  Json operator()(const OutputFinished& body) const { return to_value(body.output); }
};

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(micros);
  const auto text = fmt::gmtime(static_cast<std::time_t>(whole.count()));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", text, (micros - whole).count());
}

}  // namespace

std::string to_json(const Event& event) {
  Json value = {{"specversion", "1.0"},
                {"type", fmt::format("io.subtide.{}.v1", name_of(event.body))},
                {"source", event.source},
                {"id", event.id},
                {"subject", event.subject},
                {"time", utc_text(event.time)},
                {"datacontenttype", "application/json"}};
  if (event.sequence) value["sequence"] = fmt::format("{:020}", *event.sequence);
  if (!event.correlation_id.empty()) value["correlationid"] = event.correlation_id;
  value["data"] = std::visit(DataOf{}, event.body);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace subtide
