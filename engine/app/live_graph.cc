#include "engine/app/live_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/app/embedded.h"
#include "engine/pipeline/graph_bin.h"

namespace subtide {
namespace {

const std::vector<std::string> kOne = {"0"};

std::vector<std::string> names_of(const Ladder& ladder) {
  std::vector<std::string> names;
  for (const auto& rendition : ladder.renditions) names.push_back(rendition.name);
  return names;
}

std::int64_t nanoseconds(MediaDuration time) { return time.count(); }

/// Pictures wait that much longer than words may, and segments than pictures that do not wait: for
/// the rest of a line or sentence.
constexpr MediaDuration kLineWait = std::chrono::seconds(3);
constexpr MediaDuration kPatience = std::chrono::seconds(2);
/// A cue is laid out so much before it is waited for: its last word may be half a second long, the
/// next may be shown half a second early, and what ticks and hears in steps takes the rest.
constexpr MediaDuration kSettling = std::chrono::milliseconds(1500);
/// CEA-608 is sent before it is shown: two full rows take 2 s to load at 24 frames a second.
constexpr MediaDuration kLoadTime = std::chrono::milliseconds(2500);

/// How captions and pictures come together.
struct Meeting {
  MediaDuration hold{0};      ///< of sound and pictures
  MediaDuration lateness{0};  ///< of captions
  MediaDuration line{0};      ///< how long words wait for the rest of their cue
};

Meeting meeting_of(const LiveOptions& options) {
  if (options.display == LiveDisplay::kSync) {
    const MediaDuration load = options.writes_cea608 ? kLoadTime : MediaDuration(0);
    const MediaDuration line = options.latency + kLineWait;
    return {line + load, MediaDuration(0), line - kSettling};
  }
  return {MediaDuration(0), options.latency, options.latency + kPatience - kSettling};
}

/// What is said in field 1, the first translation in field 2.
std::string closed_captions_of(const LiveOptions& options) {
  std::string channels = options.language == "auto" ? "CC1" : "CC1=" + options.language;
  if (!options.translate.empty()) channels += ",CC3=" + options.translate.front();
  return channels;
}

/// Pictures carry what is said. Those that do not wait get shorter rows, but sooner.
void add_cea608(ParameterValues& values, const LiveOptions& options, const LiveStreams& streams) {
  const FrameRate rate = nearest_caption_rate(streams.frame_rate.value_or(FrameRate{}));
  values["cea608"] = kOne;
  values["closed-captions"] = closed_captions_of(options);
  values["picture-rate"] = fmt::format("{}/{}", rate.numerator, rate.denominator);
  const bool waits = options.display == LiveDisplay::kSync;
  values["cea608-delay"] =
      nanoseconds(options.latency + (waits ? kLineWait : kLineWait - kLoadTime));
  values["pictures-wait"] = waits;
  const auto carriers = options.ladder ? names_of(*options.ladder) : kOne;
  values[options.ladder ? "captioned-ladder" : "captioned"] = carriers;
  if (options.translate.empty()) return;
  values["cea608-second"] = kOne;
  values[options.ladder ? "second-ladder" : "second"] = carriers;
}

/// By size, as players of these sizes expect it.
std::string profile_of(const LadderRendition& rendition) {
  if (!rendition.profile.empty()) return rendition.profile;
  return rendition.height >= 720 ? "high" : "main";
}

Status set_rendition(const LiveSession& session, const Ladder& ladder, std::size_t index) {
  const LadderRendition& rendition = ladder.renditions[index];
  const ElementPtr encoder = session.element(fmt::format("encoder_{}", index));
  const ElementPtr size = session.element(fmt::format("size_{}", index));
  const ElementPtr profile = session.element(fmt::format("profile_{}", index));
  if (!encoder || !size || !profile) return ok();
  const auto set = [](const ElementPtr& element, const char* name, const ParameterValue& value) {
    return set_property(G_OBJECT(element.get()), name, value);
  };
  // The width is left to videoscale, which keeps the picture's shape; even, as 4:2:0 needs it.
  const std::string caps =
      fmt::format("video/x-raw,format=I420,height={},width=[2,16384,2],pixel-aspect-ratio=1/1",
                  rendition.height);
  if (auto done = set(size, "caps", caps); !done) return done;
  const std::string coded = fmt::format("video/x-h264,profile={}", profile_of(rendition));
  if (auto done = set(profile, "caps", coded); !done) return done;
  if (auto done = set(encoder, "bitrate", std::int64_t{rendition.bitrate_kbps}); !done) return done;
  if (auto done = set(encoder, "speed-preset", ladder.preset); !done) return done;
  const std::string options =
      fmt::format("scenecut=0:vbv-maxrate={0}:vbv-bufsize={0}", rendition.bitrate_kbps);
  if (auto done = set(encoder, "option-string", options); !done) return done;
  // Key frames come when they are asked for; this is what happens when nobody does.
  return set(encoder, "key-int-max", std::int64_t{250});
}

}  // namespace

Result<GraphSpec> live_graph() { return GraphSpec::parse(embedded_live_graph(), "live.json"); }

ParameterValues live_graph_values(const LiveOptions& options, const LiveStreams& streams,
                                  const std::filesystem::path& hls_folder) {
  const Meeting meeting = meeting_of(options);
  ParameterValues values = {{"location", hls_folder.string()},
                            {"segment", nanoseconds(options.segment)},
                            {"part", nanoseconds(options.part)},
                            {"window", std::int64_t{options.window}},
                            {"playlist", std::string(options.keeps_all ? "event" : "live")},
                            {"latency", nanoseconds(options.latency)},
                            {"hold", nanoseconds(meeting.hold)},
                            {"lateness", nanoseconds(meeting.lateness)},
                            {"patience", nanoseconds(kPatience)},
                            {"caption-delay", nanoseconds(meeting.line)},
                            {"style", options.style},
                            {"profanity", options.profanity}};
  if (streams.has_video && options.ladder) {
    values["encoded"] = kOne;
    values["keyframes"] = true;
    values["ladder"] = names_of(*options.ladder);
    if (options.slate) values["slate"] = options.slate->string();
  } else if (streams.has_video) {
    values["video"] = kOne;
  }
  if (streams.has_audio) {
    values["audio"] = kOne;
    values["captions"] = kOne;
    values["translate"] = options.translate;
    if (options.writes_webvtt) {
      values["webvtt"] = kOne;
      values["webvtt-translate"] = options.translate;
    }
    if (options.writes_cea608 && streams.has_video) add_cea608(values, options, streams);
  }
  const auto give = [&](const char* name, const std::string& value) {
    if (value != "auto") values[name] = value;
  };
  give("language", options.language);
  give("recognizer", options.recognizer);
  give("translator", options.translator);
  give("detector", options.detector);
  if (options.glossary) values["glossary"] = options.glossary->string();
  if (options.lanes) values["lanes"] = std::int64_t{*options.lanes};
  return values;
}

MediaDuration caption_lateness(const LiveOptions& options) { return meeting_of(options).lateness; }

std::vector<std::pair<std::string, ParameterValue>> live_source_settings(
    const LiveOptions& options) {
  std::vector<std::pair<std::string, ParameterValue>> settings;
  // Encoders pass no GAP events on, and outputs wait for sound.
  settings.emplace_back("fill", std::string("silence"));
  if (options.as_live) settings.emplace_back("as-live", true);
  if (!options.allow.empty()) {
    settings.emplace_back("allow", fmt::format("{}", fmt::join(options.allow, ",")));
  }
  return settings;
}

MediaDuration caption_lead(const LiveOptions& options) { return meeting_of(options).hold; }

Status set_renditions(const LiveSession& session, const Ladder& ladder) {
  for (std::size_t index = 0; index < ladder.renditions.size(); ++index) {
    if (auto done = set_rendition(session, ladder, index); !done) return done;
  }
  return ok();
}

}  // namespace subtide
