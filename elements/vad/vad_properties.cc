#include "elements/vad/vad_properties.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr float kHysteresis = 0.15F;  // between the two thresholds, as Silero's own tools have it
constexpr guint kMostWindows = 100;
constexpr double kShortest = 0.0;
// Consumers keep five seconds of audio for events that point back.
constexpr MediaDuration kLongestDelay = std::chrono::seconds(4);

enum : guint {
  kDetector = 1,
  kThreshold,
  kMinimumSpeech,
  kMinimumSilence,
  kPadding,
  kMaximumSpeech,
  kBatch
};

GParamSpec* time_spec(const char* name, const char* title, const char* description,
                      MediaDuration most, MediaDuration standard) {
  return g_param_spec_uint64(name, title, description, 0, static_cast<guint64>(most.count()),
                             static_cast<guint64>(standard.count()), kFlags);
}

MediaDuration time_of(const GValue* value) {
  return MediaDuration(static_cast<MediaDuration::rep>(g_value_get_uint64(value)));
}

void set_time(GValue* value, MediaDuration time) {
  g_value_set_uint64(value, static_cast<guint64>(time.count()));
}

/// The property's place in the settings; null for properties that are no times.
MediaDuration SpeechGateOptions::*time_member(guint id) {
  switch (id) {
    case kMinimumSpeech:
      return &SpeechGateOptions::minimum_speech;
    case kMinimumSilence:
      return &SpeechGateOptions::minimum_silence;
    case kPadding:
      return &SpeechGateOptions::padding;
    case kMaximumSpeech:
      return &SpeechGateOptions::maximum_speech;
    default:
      return nullptr;
  }
}

}  // namespace

void install_vad_properties(GObjectClass* object_class) {
  const SpeechGateOptions gate;
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kDetector, g_param_spec_string("detector", "Detector",
                                         "Name of the model that hears speech: auto (silero when "
                                         "its file is there, else energy), silero or energy",
                                         "auto", kFlags));
  install(kThreshold, g_param_spec_double("threshold", "Threshold",
                                          "Probability of speech (0 to 1) from which on speech "
                                          "begins; silence counts 0.15 below it",
                                          kShortest, 1.0, 0.5, kFlags));
  install(kMinimumSpeech, time_spec("minimum-speech", "Minimum speech",
                                    "Speech shorter than this is dropped (nanoseconds)",
                                    std::chrono::seconds(2), gate.minimum_speech));
  install(kMinimumSilence, time_spec("minimum-silence", "Minimum silence",
                                     "Silence shorter than this does not end speech (nanoseconds)",
                                     std::chrono::seconds(3), gate.minimum_silence));
  install(kPadding, time_spec("padding", "Padding",
                              "Added before and after speech, at most half way to the next speech "
                              "(nanoseconds)",
                              std::chrono::seconds(1), gate.padding));
  install(kMaximumSpeech,
          time_spec("maximum-speech", "Maximum speech", "Longer speech is split (nanoseconds)",
                    std::chrono::hours(1), gate.maximum_speech));
  install(kBatch, g_param_spec_uint("batch", "Batch",
                                    "Detector windows for each call of the model (windows of "
                                    "32 ms); more is faster and later",
                                    1, kMostWindows, 32, kFlags));
}

bool set_vad_property(VadSettings& settings, guint id, const GValue* value) {
  if (const auto member = time_member(id)) {
    settings.gate.*member = time_of(value);
    return true;
  }
  switch (id) {
    case kDetector:
      settings.detector = g_value_get_string(value) != nullptr ? g_value_get_string(value) : "";
      return true;
    case kThreshold:
      settings.gate.threshold = static_cast<float>(g_value_get_double(value));
      settings.gate.negative_threshold = std::max(settings.gate.threshold - kHysteresis, 0.0F);
      return true;
    case kBatch:
      settings.batch = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool get_vad_property(const VadSettings& settings, guint id, GValue* value) {
  if (const auto member = time_member(id)) {
    set_time(value, settings.gate.*member);
    return true;
  }
  switch (id) {
    case kDetector:
      g_value_set_string(value, settings.detector.c_str());
      return true;
    case kThreshold:
      g_value_set_double(value, static_cast<double>(settings.gate.threshold));
      return true;
    case kBatch:
      g_value_set_uint(value, settings.batch);
      return true;
    default:
      return false;
  }
}

Result<SpeechFinder> make_speech_finder(const VadSettings& settings, SpeechDetector& detector) {
  auto stream = detector.open_stream();
  if (!stream) return stream.error();
  auto finder = SpeechFinder::create(std::move(*stream), settings.gate, settings.batch);
  if (!finder) return finder.error();
  if (finder->decision_delay() > kLongestDelay) {
    return make_error(ErrorCode::kInvalidArgument,
                      "tidevad: speech events would come {:.1f} s after their audio, {:.0f} s is "
                      "the most: lower minimum-silence, minimum-speech, padding or batch",
                      to_seconds(finder->decision_delay()), to_seconds(kLongestDelay));
  }
  return finder;
}

}  // namespace subtide
