// The data of what jobs and media say, as JSON.
#include "engine/events/event_data.h"

namespace subtide {
namespace {

using Json = EventData;

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

}  // namespace

Json to_data(const JobAccepted& body) { return {{"input", body.input}, {"outputs", body.outputs}}; }
Json to_data(const JobRejected& body) {
  return {{"input", body.input}, {"code", body.code}, {"message", body.message}};
}
Json to_data(const JobStarted& body) { return {{"input", body.input}}; }
Json to_data(const JobProgress& body) {
  return {{"done", seconds(body.done)},
          {"total", seconds_or_null(body.total)},
          {"speed", body.speed},
          {"eta", seconds_or_null(body.eta)}};
}
Json to_data(const JobCompleted& body) { return outcome_json(body.outcome); }
Json to_data(const JobCompletedDegraded& body) { return outcome_json(body.outcome); }
Json to_data(const JobFailed& body) {
  return {{"input", body.input},
          {"code", body.code},
          {"message", body.message},
          {"outputs", list(body.outputs)}};
}
Json to_data(const JobCancelled& body) {
  return {{"input", body.input}, {"reason", body.reason}, {"outputs", list(body.outputs)}};
}
Json to_data(const OutputFinished& body) { return to_value(body.output); }

Json to_data(const MediaInfo& body) {
  return {{"name", body.name},
          {"container", body.container},
          {"duration", seconds_or_null(body.duration)},
          {"tracks", list(body.tracks)}};
}
Json to_data(const MediaQualityFound& body) {
  Json value = {{"kind", body.kind}};
  value.update(span_json(body.span));
  if (body.track) value["track"] = *body.track;
  value["detail"] = body.detail;
  return value;
}
Json to_data(const MediaLoudnessMeasured& body) {
  return {{"track", body.track},
          {"integrated_lufs", body.integrated},
          {"range_lu", body.range},
          {"true_peak_dbtp", body.true_peak}};
}
Json to_data(const SpeechStarted& body) { return {{"start", seconds(body.at)}}; }
Json to_data(const SpeechEnded& body) {
  Json value = span_json(body.segment.span);
  value["reason"] = to_string(body.segment.close);
  return value;
}
Json to_data(const TranscriptFinal& body) {
  return {{"language", body.language}, {"revision", body.revision}, {"words", list(body.words)}};
}
Json to_data(const TranslationFinal& body) {
  return {{"language", body.language},
          {"text", body.text},
          {"source_language", body.source_language},
          {"source", span_json(body.source)}};
}
Json to_data(const CueEmitted& body) {
  Json value = {{"id", body.cue.id}};
  value.update(span_json(body.cue.span));
  value["lines"] = body.cue.lines;
  value["language"] = body.cue.language;
  if (body.cue.speaker) value["speaker"] = *body.cue.speaker;
  if (body.latency) value["latency_ms"] = to_milliseconds(*body.latency);
  return value;
}

}  // namespace subtide
