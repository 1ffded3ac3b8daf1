#include "elements/transcribe/transcribe_properties.h"

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
constexpr guint kMostLanes = 64;
constexpr guint kMostThreads = 256;
constexpr unsigned kMostAutomaticLanes = 4;  // each lane has a decoder's memory of its own
constexpr MediaDuration kLongestWindow = std::chrono::minutes(10);
constexpr MediaDuration kLongestLiveWindow = std::chrono::seconds(15);
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
  kMaxObservedDelay,
  kLive,
  kStep,
  kCommitPolicy,
  kMaximumAge,
  kBudget
};

GType live_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(LiveChoice::kAuto), "As upstream says of itself", "auto"},
      {static_cast<int>(LiveChoice::kNo), "As a file: nothing is given up for time", "no"},
      {static_cast<int>(LiveChoice::kYes), "Live", "yes"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("TideTranscribeLive", values);
  return type;
}

GType commit_policy_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(CommitRule::kLocalAgreement), "Two decodes in a row agree",
       "local-agreement"},
      {static_cast<int>(CommitRule::kWindow), "A window is complete", "window"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("TideTranscribeCommitPolicy", values);
  return type;
}

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

GParamSpec* time_spec(const char* name, const char* title, const char* description,
                      MediaDuration most, GParamFlags flags = kFlags,
                      MediaDuration usual = MediaDuration(0)) {
  return g_param_spec_uint64(name, title, description, 0, static_cast<guint64>(most.count()),
                             static_cast<guint64>(usual.count()), flags);
}

/// The property's place in the settings; null for other ids.
MediaDuration TranscribeSettings::*time_member(guint id) {
  switch (id) {
    case kMaxWindow:
      return &TranscribeSettings::max_window;
    case kLateness:
      return &TranscribeSettings::lateness;
    case kMaxObservedDelay:
      return &TranscribeSettings::max_observed_delay;
    case kStep:
      return &TranscribeSettings::step;
    case kMaximumAge:
      return &TranscribeSettings::maximum_age;
    case kBudget:
      return &TranscribeSettings::budget;
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

template <typename Install>
void install_live_properties(const Install& install) {
  const TranscribeSettings usual;
  install(kLive, g_param_spec_enum("live", "Live", "Whether text must keep up with the audio",
                                   live_type(), static_cast<int>(usual.live), kFlags));
  install(kStep, time_spec("step", "Step",
                           "Live: new audio between two looks at unfinished speech (nanoseconds)",
                           kLongestWindow, kFlags, usual.step));
  install(kCommitPolicy,
          g_param_spec_enum("commit-policy", "Commit policy", "Live: when words become final",
                            commit_policy_type(), static_cast<int>(usual.commit_rule), kFlags));
  install(kMaximumAge, time_spec("maximum-age", "Maximum age",
                                 "Live: a word heard this long ago becomes final as it stands "
                                 "(nanoseconds)",
                                 kLongestShift, kFlags, usual.maximum_age));
  install(kBudget, time_spec("budget", "Budget",
                             "Live: no window waits longer for the model; load is shed from half "
                             "of it on (nanoseconds)",
                             kLongestShift, kFlags, usual.budget));
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
  install(kLatency, g_param_spec_uint64("latency", "Latency",
                                        "Reported to a live pipeline, so that text is not late "
                                        "(nanoseconds); none: what the other settings add up to",
                                        0, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, kFlags));
  install(kLateness, time_spec("lateness", "Lateness",
                               "Text is stamped this much later than it was said (nanoseconds)",
                               kLongestShift));
  install(kMaxObservedDelay,
          time_spec("max-observed-delay", "Longest delay observed",
                    "Live: longest time from the end of a phrase to its text (nanoseconds)",
                    MediaDuration::max(), kReadOnly));
  install_live_properties(install);
}

bool set_transcribe_property(TranscribeSettings& settings, guint id, const GValue* value) {
  if (const auto text = text_member(id)) {
    settings.*text = text_of(value);
  } else if (const auto number = number_member(id)) {
    settings.*number = g_value_get_uint(value);
  } else if (const auto time = time_member(id)) {
    settings.*time = MediaDuration(static_cast<MediaDuration::rep>(g_value_get_uint64(value)));
  } else if (id == kLatency) {
    settings.latency = to_media_time(g_value_get_uint64(value));
  } else if (id == kLive) {
    settings.live = static_cast<LiveChoice>(g_value_get_enum(value));
  } else if (id == kCommitPolicy) {
    settings.commit_rule = static_cast<CommitRule>(g_value_get_enum(value));
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
  } else if (id == kLatency) {
    g_value_set_uint64(value,
                       settings.latency ? to_clock_time(*settings.latency) : GST_CLOCK_TIME_NONE);
  } else if (id == kLive) {
    g_value_set_enum(value, static_cast<int>(settings.live));
  } else if (id == kCommitPolicy) {
    g_value_set_enum(value, static_cast<int>(settings.commit_rule));
  } else {
    return false;
  }
  return true;
}

MediaDuration live_latency(const TranscribeSettings& settings) {
  if (settings.latency) return std::min(*settings.latency, kLongestShift);
  if (settings.commit_rule == CommitRule::kLocalAgreement) {
    return settings.maximum_age + settings.step + settings.budget;
  }
  const bool is_shorter =
      settings.max_window > MediaDuration(0) && settings.max_window < kLongestLiveWindow;
  return (is_shorter ? settings.max_window : kLongestLiveWindow) + settings.budget;
}

Result<LiveRecognition> make_live_recognition(const TranscribeSettings& settings,
                                              const ModelTraits& traits, int lanes) {
  LiveRecognitionOptions options;
  options.windows.step = settings.step;
  options.windows.maximum = std::min(traits.max_window, kLongestLiveWindow);
  if (settings.max_window > MediaDuration(0)) {
    options.windows.maximum = std::min(options.windows.maximum, settings.max_window);
  }
  options.windows.lanes = static_cast<std::size_t>(lanes);
  options.commit.rule = settings.commit_rule;
  options.commit.maximum_age = settings.maximum_age;
  options.shed.budget = settings.budget;
  if (traits.lesser_models == 0) std::erase(options.shed.rungs, ShedRung::kSmallerModel);
  options.is_punctuated = traits.is_punctuated;
  return LiveRecognition::create(options);
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
