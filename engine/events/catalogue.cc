#include "engine/events/catalogue.h"

namespace subtide {
namespace {

struct NameOf {
  std::string_view operator()(const JobAccepted&) const { return "job.accepted"; }
  std::string_view operator()(const JobStarted&) const { return "job.started"; }
  std::string_view operator()(const JobProgress&) const { return "job.progress"; }
  std::string_view operator()(const JobCompleted&) const { return "job.completed"; }
  std::string_view operator()(const JobCompletedDegraded&) const {
    return "job.completed_degraded";
  }
  std::string_view operator()(const JobFailed&) const { return "job.failed"; }
  std::string_view operator()(const MediaInfo&) const { return "media.info"; }
  std::string_view operator()(const SpeechStarted&) const { return "speech.started"; }
  std::string_view operator()(const SpeechEnded&) const { return "speech.ended"; }
  std::string_view operator()(const ModelLoaded&) const { return "model.loaded"; }
  std::string_view operator()(const TranscriptFinal&) const { return "transcript.final"; }
  std::string_view operator()(const CueEmitted&) const { return "cue.emitted"; }
  std::string_view operator()(const OutputFinished&) const { return "output.finished"; }
};

}  // namespace

std::string_view name_of(const EventBody& body) { return std::visit(NameOf{}, body); }

EventClass class_of(const EventBody& body) {
  return std::holds_alternative<JobProgress>(body) ? EventClass::kTelemetry : EventClass::kFact;
}

std::string_view family_of(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace subtide
