#include "tests/engine/events/one_of_each.h"

#include <string>

namespace subtide::testing_support {
namespace {

std::vector<EventBody> job_bodies() {
  using std::chrono::seconds;
  const ModelNamed model{"recognizer", "fake:x", "a fake"};
  const OutputNamed output{"/o/talk.en.srt", "srt", "en", 3, std::string(64, 'a')};
  const Gap gap{{seconds(1), seconds(2)}, "recognizer_failed"};
  const JobOutcome outcome{"talk.mp4", {output}, {gap}, {model}, {"a window failed"}};
  return {JobAccepted{"talk.mp4", {"talk.en.srt"}},
          JobRejected{"talk.mp4", "bad_input", "talk.mp4: no audio"},
          JobStarted{"talk.mp4"},
          JobProgress{seconds(3), seconds(60), 12.5, seconds(4)},
          JobCompleted{{"talk.mp4", {output}, {}, {model}, {}}},
          JobCompletedDegraded{outcome},
          JobFailed{"talk.mp4", "bad_input", "talk.mp4: no audio", {output}},
          JobCancelled{"talk.mp4", "user", {output}},
          OutputFinished{output}};
}

std::vector<EventBody> media_bodies() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const Word word{"Hello,", {milliseconds(1240), milliseconds(1500)}, 0.93F};
  const Cue cue{"1", {seconds(1), seconds(2)}, {"Hello,", "you."}, "en", "Ann", {word}};
  return {MediaInfo{"talk.mp4",
                    "Matroska",
                    seconds(60),
                    {{"audio", "AAC", "en", 2, 48000}, {"video", "H.264", "", 0, 0}}},
          MediaQualityFound{"clipped", {seconds(1), seconds(2)}, 1, "3 clips"},
          MediaLoudnessMeasured{1, -30.2, 4.1, -9.5},
          SpeechStarted{seconds(1)},
          SpeechEnded{{{seconds(1), seconds(2)}, SegmentClose::kMaximumLength}},
          TranscriptFinal{"en", {word}, 0},
          TranslationFinal{"es", "Hola,", "en", word.span},
          CueEmitted{cue, milliseconds(900)}};
}

std::vector<EventBody> live_bodies() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const SourceNamed source{"srt", "srt://0.0.0.0:9000?mode=listener"};
  const Word word{"Hello,", {milliseconds(1240), milliseconds(1500)}, 0.93F};
  const TimedMetadata goal{"goal-1",           "com.example.goal", seconds(12), seconds(5),
                           PayloadKind::kJson, {'{', '}'},         "cli"};
  return {IngestOpened{source, 0},
          IngestLost{source, 0, "silent for 3 s"},
          IngestRetrying{source, 1, milliseconds(500), "connection refused"},
          IngestRestored{source, 1, seconds(4)},
          IngestEnded{source, "asked"},
          IngestDamaged{source, 0, 10'000, 12, 3},
          MediaFormatChanged{"audio", "48000 Hz, 2 channels", "44100 Hz, 1 channel", 2},
          MediaDiscontinuity{"jump", 2, 3, seconds(10), seconds(1010)},
          MediaAudioMissing{seconds(20)},
          MediaAudioSilent{seconds(20), -96.0},
          MediaAudioRestored{seconds(40)},
          MediaSegmentBoundary{1, 7, {seconds(14), seconds(16)}, WallTime(seconds(1'800'000'000))},
          MediaMetadataTimed{goal},
          TranscriptPartial{"en", {word}, 3},
          OutputSegmentPublished{"hls",
                                 "video_720p/00000007.m4s",
                                 {seconds(14), seconds(16)},
                                 700'000,
                                 milliseconds(40),
                                 milliseconds(1),
                                 milliseconds(3)},
          OutputPlaylistUpdated{"hls", "video_720p/index.m3u8", 7},
          OutputCongested{"rtmp://host/app", "its queue of 10 s is full"},
          OutputCleared{"rtmp://host/app"}};
}

std::vector<EventBody> work_bodies() {
  using std::chrono::milliseconds;
  const TaskNamed task{7, "transcribe", "9f86d081", 2, 1, "asr-1"};
  const TaskFault fault{"deadline", "no answer for 12 s"};
  return {WorkAvailable{"transcribe", 3, milliseconds(120)},
          TaskLeased{task, milliseconds(12)},
          TaskCompleted{task, milliseconds(12), milliseconds(340), milliseconds(29'000)},
          TaskFailed{task, fault, milliseconds(340), milliseconds(200)},
          TaskDead{task, fault},
          LeaseExpired{task, "silent"}};
}

std::vector<EventBody> worker_bodies() {
  using std::chrono::milliseconds;
  const WorkerNamed worker{"asr-1", "transcribe", {"whisper:base.en"}, 4711};
  const ModelNamed model{"recognizer", "whisper:base.en", "a model"};
  return {
      WorkerRegistered{worker},
      WorkerReady{worker},
      WorkerSuspect{worker, "silent"},
      WorkerDead{worker, "exited"},
      WorkerQuarantined{worker, "crashes"},
      WorkerDraining{worker, "asked"},
      WorkerStopped{worker, "asked"},
      WorkerHeartbeat{"asr-1", "busy", 42, 180'000'000, 1},
      ModelLoading{model, "cpu"},
      ModelLoaded{model, ModelLoad{std::string(64, 'b'), "cpu", milliseconds(310), 147'000'000}},
      ModelUnloaded{model, "idle"},
      ModelFailed{model, "cpu", "no_space", "2 GB are not enough for whisper:base.en"}};
}

std::vector<EventBody> health_bodies() {
  using std::chrono::seconds;
  const BreakerNamed breaker{"transcribe whisper:base.en cpu", 20, 0.55, 0.1};
  const LadderStep step{"recognizer", "whisper:base.en", "whisper:tiny.en", "out of memory"};
  const StoreSpace space{"/var/lib/subtide", 80'000'000, 100'000'000};
  const AlertNamed alert{"queue_age", 12.5, 10, "windows wait for 12.5 s"};
  return {BreakerOpened{breaker, seconds(15)},
          BreakerHalfOpened{breaker.key, 3},
          BreakerClosed{breaker},
          DegradeEntered{step},
          DegradeLeft{step},
          BusGap{"/node/host/subtitle/b00t", "job", 4, 9, BusGap::Action::kReplay},
          StoreLowSpace{space},
          StoreFull{space},
          StoreRecovered{space},
          AlertRaised{alert},
          AlertCleared{alert},
          SecurityDenied{"private_address", "http://10.0.0.1/"}};
}

}  // namespace

std::vector<EventBody> one_of_each() {
  std::vector<EventBody> all;
  for (const auto& family : {job_bodies(), media_bodies(), live_bodies(), work_bodies(),
                             worker_bodies(), health_bodies()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace subtide::testing_support
