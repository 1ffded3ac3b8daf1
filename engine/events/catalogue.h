#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "engine/events/health_events.h"
#include "engine/events/job_events.h"
#include "engine/events/live_events.h"
#include "engine/events/media_events.h"
#include "engine/events/work_events.h"
#include "engine/events/worker_events.h"

namespace subtide {

/// What may be said to have happened, as typed values. Media times count from the media's time
/// zero. Each type has its name as `kName` and a JSON Schema for its data in
/// schema/<name>.v1.json.
using EventBody = std::variant<
    JobAccepted, JobRejected, JobStarted, JobProgress, JobCompleted, JobCompletedDegraded,
    JobFailed, JobCancelled, OutputFinished,  //
    MediaInfo, MediaQualityFound, MediaLoudnessMeasured, SpeechStarted, SpeechEnded,
    TranscriptFinal, TranslationFinal, CueEmitted, IngestOpened, IngestLost, IngestRetrying,
    IngestRestored, IngestEnded, IngestDamaged, MediaFormatChanged, MediaDiscontinuity,
    MediaAudioMissing, MediaAudioSilent, MediaAudioRestored, MediaSegmentBoundary,
    MediaMetadataTimed, TranscriptPartial, OutputSegmentPublished, OutputPlaylistUpdated,
    OutputCongested, OutputCleared,                                                //
    WorkAvailable, TaskLeased, TaskCompleted, TaskFailed, TaskDead, LeaseExpired,  //
    WorkerRegistered, WorkerReady, WorkerSuspect, WorkerDead, WorkerQuarantined, WorkerDraining,
    WorkerStopped, WorkerHeartbeat,                                                        //
    ModelLoading, ModelLoaded, ModelUnloaded, ModelFailed,                                 //
    BreakerOpened, BreakerHalfOpened, BreakerClosed, DegradeEntered, DegradeLeft, BusGap,  //
    StoreLowSpace, StoreFull, StoreRecovered, AlertRaised, AlertCleared, SecurityDenied>;

/// Facts are kept, numbered and replayable; of telemetry the newest counts and any may be lost.
enum class EventClass { kFact, kTelemetry };

/// The event's name without prefix and version, such as "job.accepted".
std::string_view name_of(const EventBody& body);
EventClass class_of(const EventBody& body);
/// By name; nothing for a name that is not in the catalogue.
std::optional<EventClass> class_of(std::string_view name);
/// What facts are numbered by: the name's first part, such as "job".
std::string_view family_of(std::string_view name);

}  // namespace subtide
