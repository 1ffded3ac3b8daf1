#include "elements/transcribe/transcribe_properties.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
constexpr guint kMostLanes = 64;
constexpr guint kMostThreads = 256;
constexpr unsigned kMostAutomaticLanes = 4;  // each lane has a decoder's memory of its own
constexpr MediaDuration kLongestWindow = std::chrono::minutes(10);
constexpr MediaDuration kLongestShift = std::chrono::hours(1);

enum : guint {
  kRecognizer = 1,
  kLanguage,
  kPrompt,
  kLanes,
  kThreadsPerLane,
  kMaxWindow,
  kLatency,
  kLateness,
  kMaxObservedDelay
};

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

GParamSpec* time_spec(const char* name, const char* title, const char* description,
                      MediaDuration most, GParamFlags flags = kFlags) {
  return g_param_spec_uint64(name, title, description, 0, static_cast<guint64>(most.count()), 0,
                             flags);
}

/// The property's place in the settings; null for other ids.
MediaDuration TranscribeSettings::*time_member(guint id) {
  switch (id) {
    case kMaxWindow:
      return &TranscribeSettings::max_window;
    case kLatency:
      return &TranscribeSettings::latency;
    case kLateness:
      return &TranscribeSettings::lateness;
    case kMaxObservedDelay:
      return &TranscribeSettings::max_observed_delay;
    default:
      return nullptr;
  }
}
std::string TranscribeSettings::*text_member(guint id) {
  switch (id) {
    case kRecognizer:
      return &TranscribeSettings::recognizer;
    case kLanguage:
      return &TranscribeSettings::language;
    case kPrompt:
      return &TranscribeSettings::prompt;
    default:
      return nullptr;
  }
}
guint TranscribeSettings::*number_member(guint id) {
  switch (id) {
    case kLanes:
      return &TranscribeSettings::lanes;
    case kThreadsPerLane:
      return &TranscribeSettings::threads_per_lane;
    default:
      return nullptr;
  }
}

}  // namespace

void install_transcribe_properties(GObjectClass* object_class) {
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kRecognizer, g_param_spec_string("recognizer", "Recognizer",
                                           "Name of the model: auto, whisper:NAME, pocketsphinx, "
                                           "openai:URL, or a list of them to try in order",
                                           "auto", kFlags));
  install(kLanguage, g_param_spec_string("language", "Language",
                                         "Language spoken (BCP 47 code), or auto", "auto", kFlags));
  install(kPrompt,
          g_param_spec_string("prompt", "Prompt",
                              "Text with words to expect; a model may ignore it", "", kFlags));
  install(kLanes, g_param_spec_uint("lanes", "Lanes",
                                    "Number of windows recognised at once; 0: one for each core, "
                                    "4 at most",
                                    0, kMostLanes, 0, kFlags));
  install(kThreadsPerLane, g_param_spec_uint("threads-per-lane", "Threads per lane",
                                             "Number of threads for each window; another number "
                                             "may change the last digit of a confidence",
                                             1, kMostThreads, 1, kFlags));
  install(kMaxWindow, time_spec("max-window", "Longest window",
                                "Most audio given to the model at once (nanoseconds); 0: the "
                                "model's own limit",
                                kLongestWindow));
  install(kLatency, time_spec("latency", "Latency",
                              "Reported to a live pipeline, so that text is not late "
                              "(nanoseconds)",
                              kLongestShift));
  install(kLateness, time_spec("lateness", "Lateness",
                               "Text is stamped this much later than it was said (nanoseconds)",
                               kLongestShift));
  install(kMaxObservedDelay,
          time_spec("max-observed-delay", "Longest delay observed",
                    "Live: longest time from the end of a phrase to its text (nanoseconds)",
                    MediaDuration::max(), kReadOnly));
}

bool set_transcribe_property(TranscribeSettings& settings, guint id, const GValue* value) {
  if (const auto text = text_member(id)) {
    settings.*text = text_of(value);
  } else if (const auto number = number_member(id)) {
    settings.*number = g_value_get_uint(value);
  } else if (const auto time = time_member(id)) {
    settings.*time = MediaDuration(static_cast<MediaDuration::rep>(g_value_get_uint64(value)));
  } else {
    return false;
  }
  return true;
}

bool get_transcribe_property(const TranscribeSettings& settings, guint id, GValue* value) {
  if (const auto text = text_member(id)) {
    g_value_set_string(value, (settings.*text).c_str());
  } else if (const auto number = number_member(id)) {
    g_value_set_uint(value, settings.*number);
  } else if (const auto time = time_member(id)) {
    g_value_set_uint64(value, static_cast<guint64>((settings.*time).count()));
  } else {
    return false;
  }
  return true;
}

ModelOptions model_options(const TranscribeSettings& settings, unsigned cores) {
  cores = std::max(cores, 1U);
  const unsigned lanes =
      settings.lanes != 0 ? settings.lanes : std::min(cores, kMostAutomaticLanes);
  ModelOptions options;
  options.lanes = static_cast<int>(lanes);
  options.threads_per_lane = static_cast<int>(settings.threads_per_lane);
  options.language = settings.language;
  return options;
}

Result<std::shared_ptr<WindowTranscriber>> make_window_transcriber(
    const TranscribeSettings& settings, const ModelOptions& options, ModelProvider* provider) {
  if (provider == nullptr) {
    return make_error(ErrorCode::kNotFound, "tidetranscribe: registered without models");
  }
  auto recognizer = provider->recognizer(settings.recognizer, options);
  if (!recognizer) return recognizer.error();
  RecognitionRequest request;
  request.language = settings.language;
  request.prompt = settings.prompt;
  return std::make_shared<WindowTranscriber>(std::move(*recognizer), std::move(request));
}

Result<WindowPacker> make_window_packer(const TranscribeSettings& settings,
                                        const ModelTraits& traits) {
  WindowPackerOptions options;
  options.maximum = traits.max_window;
  if (settings.max_window > MediaDuration(0)) {
    options.maximum = std::min(options.maximum, settings.max_window);
  }
  return WindowPacker::create(options);
}

}  // namespace subtide
