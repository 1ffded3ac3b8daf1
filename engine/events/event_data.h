#pragma once

#include <nlohmann/json.hpp>

#include "engine/events/catalogue.h"

namespace subtide {

/// Inside engine/events: the `data` of each type as JSON, as its schema says.
using EventData = nlohmann::ordered_json;

EventData to_data(const JobAccepted& body);
EventData to_data(const JobRejected& body);
EventData to_data(const JobStarted& body);
EventData to_data(const JobProgress& body);
EventData to_data(const JobCompleted& body);
EventData to_data(const JobCompletedDegraded& body);
EventData to_data(const JobFailed& body);
EventData to_data(const JobCancelled& body);
EventData to_data(const OutputFinished& body);

EventData to_data(const MediaInfo& body);
EventData to_data(const MediaQualityFound& body);
EventData to_data(const MediaLoudnessMeasured& body);
EventData to_data(const SpeechStarted& body);
EventData to_data(const SpeechEnded& body);
EventData to_data(const TranscriptFinal& body);
EventData to_data(const TranslationFinal& body);
EventData to_data(const CueEmitted& body);

EventData to_data(const IngestOpened& body);
EventData to_data(const IngestLost& body);
EventData to_data(const IngestRetrying& body);
EventData to_data(const IngestRestored& body);
EventData to_data(const IngestEnded& body);
EventData to_data(const IngestDamaged& body);
EventData to_data(const MediaFormatChanged& body);
EventData to_data(const MediaDiscontinuity& body);
EventData to_data(const MediaAudioMissing& body);
EventData to_data(const MediaAudioSilent& body);
EventData to_data(const MediaAudioRestored& body);
EventData to_data(const MediaSegmentBoundary& body);
EventData to_data(const MediaMetadataTimed& body);
EventData to_data(const TranscriptPartial& body);
EventData to_data(const OutputSegmentPublished& body);
EventData to_data(const OutputPlaylistUpdated& body);
EventData to_data(const OutputCongested& body);
EventData to_data(const OutputCleared& body);

EventData to_data(const WorkAvailable& body);
EventData to_data(const TaskLeased& body);
EventData to_data(const TaskCompleted& body);
EventData to_data(const TaskFailed& body);
EventData to_data(const TaskDead& body);
EventData to_data(const LeaseExpired& body);

EventData to_data(const WorkerRegistered& body);
EventData to_data(const WorkerReady& body);
EventData to_data(const WorkerSuspect& body);
EventData to_data(const WorkerDead& body);
EventData to_data(const WorkerQuarantined& body);
EventData to_data(const WorkerDraining& body);
EventData to_data(const WorkerStopped& body);
EventData to_data(const WorkerHeartbeat& body);
EventData to_data(const ModelLoading& body);
EventData to_data(const ModelLoaded& body);
EventData to_data(const ModelUnloaded& body);
EventData to_data(const ModelFailed& body);

EventData to_data(const BreakerOpened& body);
EventData to_data(const BreakerHalfOpened& body);
EventData to_data(const BreakerClosed& body);
EventData to_data(const DegradeEntered& body);
EventData to_data(const DegradeLeft& body);
EventData to_data(const BusGap& body);
EventData to_data(const StoreLowSpace& body);
EventData to_data(const StoreFull& body);
EventData to_data(const StoreRecovered& body);
EventData to_data(const AlertRaised& body);
EventData to_data(const AlertCleared& body);
EventData to_data(const SecurityDenied& body);

}  // namespace subtide
