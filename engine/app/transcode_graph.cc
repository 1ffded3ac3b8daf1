#include "engine/app/transcode_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/app/embedded.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/keyframe_beat.h"

namespace subtide {
namespace {

const std::vector<std::string> kOne = {"0"};
// How far above the rate a moment may go, and for how long: as HLS players expect it.
constexpr double kPeak = 1.25;
constexpr double kBufferSeconds = 2;
constexpr int kDefaultSoundRate = 128;  // kb/s
constexpr double kKeyInterval = 2;      // seconds
constexpr std::int64_t kCoarsestH264 = 50;
// In frames. The second: key frames come when they are asked for.
constexpr std::int64_t kUsualKeyInterval = 250;
constexpr std::int64_t kLongestKeyInterval = 2400;

using Settings = std::vector<std::pair<const char*, ParameterValue>>;

Status set_all(const ElementPtr& element, const Settings& settings) {
  if (!element) return ok();
  for (const auto& [name, value] : settings) {
    if (auto done = set_property(G_OBJECT(element.get()), name, value); !done) return done;
  }
  return ok();
}

std::int64_t peak_of(int rate) { return std::lround(rate * kPeak); }
std::int64_t buffer_of(int rate) { return std::lround(rate * kBufferSeconds); }

/// How the encoders of one job work.
struct Manner {
  std::string preset = "veryfast";
  /// Of key frames, which all renditions have at the same times; nothing: where encoders like.
  std::optional<MediaDuration> key_interval;
};

std::int64_t longest_interval(const Manner& manner) {
  return manner.key_interval ? kLongestKeyInterval : kUsualKeyInterval;
}

Settings x264_settings(const RenditionPlan& plan, const Manner& manner) {
  const char* cuts = manner.key_interval ? "scenecut=0" : "scenecut=40";
  // What option-string says of rates and quality the element overrules: its peak is its rate, and
  // only how long it may be above that is free.
  Settings settings = {{"speed-preset", manner.preset},
                       {"key-int-max", longest_interval(manner)},
                       {"option-string", std::string(cuts)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    settings.emplace_back("vbv-buf-capacity", std::int64_t{std::lround(kBufferSeconds * 1000)});
  } else {
    settings.emplace_back("pass", std::string("qual"));
    settings.emplace_back("quantizer", std::min<std::int64_t>(plan.crf, kCoarsestH264));
    settings.emplace_back("vbv-buf-capacity", std::int64_t{0});
  }
  return settings;
}

Settings x265_settings(const RenditionPlan& plan, const Manner& manner) {
  Settings settings = {{"speed-preset", manner.preset}, {"key-int-max", longest_interval(manner)}};
  std::string more = manner.key_interval ? "scenecut=0:open-gop=0" : "open-gop=0";
  if (plan.bitrate_kbps) {
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    more += fmt::format(":vbv-maxrate={}:vbv-bufsize={}", peak_of(*plan.bitrate_kbps),
                        buffer_of(*plan.bitrate_kbps));
  } else {
    more += fmt::format(":crf={}", plan.crf);
  }
  settings.emplace_back("option-string", std::move(more));
  return settings;
}

/// The slower a preset's name says, the more an encoder of libaom or libvpx may think.
std::int64_t thinking_of(const std::string& preset) {
  constexpr std::array kFastFirst = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                     "medium",    "slow",      "slower",   "veryslow"};
  const auto place = std::ranges::find(kFastFirst, preset) - kFastFirst.begin();
  return std::max<std::int64_t>(8 - place, 0);
}

Settings av1_settings(const RenditionPlan& plan, const Manner& manner) {
  Settings settings = {{"cpu-used", std::max<std::int64_t>(thinking_of(manner.preset), 1)},
                       {"row-mt", true},
                       {"keyframe-max-dist", longest_interval(manner)}};
  // The element has no level of quality, but holds the quantizer between two bounds.
  constexpr std::int64_t kCoarsest = 63;
  const std::int64_t level = std::min<std::int64_t>(plan.crf, kCoarsest);
  settings.emplace_back("end-usage", std::string(plan.bitrate_kbps ? "vbr" : "q"));
  settings.emplace_back("min-quantizer", plan.bitrate_kbps ? 0 : level);
  settings.emplace_back("max-quantizer", plan.bitrate_kbps ? kCoarsest : level);
  if (plan.bitrate_kbps) settings.emplace_back("target-bitrate", std::int64_t{*plan.bitrate_kbps});
  return settings;
}

Settings vp9_settings(const RenditionPlan& plan, const Manner& manner) {
  Settings settings = {{"deadline", std::int64_t{1}},
                       {"cpu-used", thinking_of(manner.preset)},
                       {"row-mt", true},
                       {"threads", std::int64_t{8}},
                       {"keyframe-max-dist", longest_interval(manner)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("end-usage", std::string("vbr"));
    settings.emplace_back("target-bitrate", std::int64_t{*plan.bitrate_kbps} * 1000);
  } else {
    settings.emplace_back("end-usage", std::string("cq"));
    settings.emplace_back("target-bitrate", std::int64_t{0});
    settings.emplace_back("cq-level", std::int64_t{plan.crf});
  }
  return settings;
}

Settings encoder_settings(VideoCodec codec, const RenditionPlan& plan, const Manner& manner) {
  switch (codec) {
    case VideoCodec::kH264:
      return x264_settings(plan, manner);
    case VideoCodec::kH265:
      return x265_settings(plan, manner);
    case VideoCodec::kAv1:
      return av1_settings(plan, manner);
    case VideoCodec::kVp9:
      return vp9_settings(plan, manner);
    case VideoCodec::kCopy:
      return {};
  }
  return {};
}

std::string coded_caps(VideoCodec codec, const RenditionPlan& plan) {
  if (codec == VideoCodec::kH264) return fmt::format("video/x-h264,profile={}", plan.profile);
  return "ANY";
}

/// Ten bits stay where the codec's files are expected to have them.
bool keeps_depth(VideoCodec codec, int depth) {
  return depth > 8 && (codec == VideoCodec::kH265 || codec == VideoCodec::kAv1);
}

Manner manner_of(const TranscodeOptions& options) {
  Manner manner;
  const auto& ladder = options.picture.ladder;
  if (ladder) manner.preset = ladder->preset;
  // HLS cuts at key frames; players change between the sizes of a ladder at them.
  if (ladder || options.package == Package::kHls) {
    manner.key_interval = from_seconds(ladder ? ladder->keyframe_interval_s : kKeyInterval);
  }
  return manner;
}

Status set_rendition(const TranscodeSession& session, const TranscodeOptions& options,
                     const RenditionPlan& plan, std::size_t index) {
  const auto& picture = *session.streams().video;
  const VideoCodec codec = options.picture.codec;
  const std::string size =
      fmt::format("video/x-raw,format={},width={},height={},pixel-aspect-ratio={}/{}",
                  keeps_depth(codec, picture.depth) ? "I420_10LE" : "I420", plan.width, plan.height,
                  plan.aspect_numerator, plan.aspect_denominator);
  const auto element = [&](const char* name) {
    return session.element(fmt::format("{}_{}", name, index));
  };
  if (auto done = set_all(element("size"), {{"caps", size}}); !done) return done;
  if (auto done = set_all(element("profile"), {{"caps", coded_caps(codec, plan)}}); !done) {
    return done;
  }
  return set_all(element("encoder"), encoder_settings(codec, plan, manner_of(options)));
}

std::vector<std::string> names_of(const std::vector<RenditionPlan>& renditions) {
  std::vector<std::string> names;
  for (const auto& one : renditions) names.push_back(one.name);
  return names;
}

std::vector<std::string> texts_of(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> texts;
  for (const auto& path : paths) texts.push_back(path.string());
  return texts;
}

void add_files(ParameterValues& values, const TranscodeOptions& options,
               const TranscodePlan& plan) {
  const bool is_mp4 = options.package == Package::kMp4;
  values[is_mp4 ? "mp4" : "matroska"] = texts_of(plan.files);
  if (!plan.renditions.empty()) {
    values[is_mp4 ? "mp4-picture" : "matroska-picture"] = texts_of(plan.files);
  }
  values["tracks"] = plan.sound_languages;
}

void add_presentation(ParameterValues& values, const TranscodeOptions& options,
                      const TranscodePlan& plan) {
  values["hls"] = std::vector<std::string>{plan.folder.string()};
  values["hls-picture"] =
      plan.copied_pictures.empty() ? names_of(plan.renditions) : plan.copied_pictures;
  values["hls-sound"] = plan.copied_sound.empty() ? plan.sound_languages : plan.copied_sound;
  if (!plan.copied.empty()) {
    values["copied"] = std::vector<std::string>{plan.copied.string()};
    values[plan.copied_codec == "hevc" ? "copied-h265" : "copied-h264"] = plan.copied_pictures;
    values["copied-sound"] = plan.copied_sound;
  }
  values["hls-source"] = plan.source_texts;
  values["hls-source-language"] = plan.source_text_languages;
  values["segment"] = std::int64_t{options.segment.count()};
  if (!plan.has_speech || !options.subtitles.embeds) return;
  values["hls-text"] = kOne;
  values["hls-translate"] = options.common.translate;
}

void add_speech(ParameterValues& values, const TranscodeOptions& options,
                const TranscodePlan& plan) {
  const SubtitleOptions& common = options.common;
  values["speech"] = kOne;
  values["translate"] = common.translate;
  values["style"] = common.style;
  values["profanity"] = common.profanity;
  const auto give = [&](const char* name, const std::string& value) {
    if (value != "auto") values[name] = value;
  };
  give("language", common.language);
  give("recognizer", common.recognizer);
  give("translator", common.translator);
  give("detector", common.detector);
  if (common.glossary) values["glossary"] = common.glossary->string();
  if (common.lanes) values["lanes"] = std::int64_t{*common.lanes};
  if (!plan.renditions.empty()) {
    values["shots"] = kOne;
    values["shots-translate"] = common.translate;
  }
  values["texts"] = std::vector<std::string>{plan.texts.string()};
  values["texts-translate"] = common.translate;
  if (plan.sidecar_formats.empty()) return;
  std::vector<std::string> formats;
  for (const auto format : plan.sidecar_formats) formats.emplace_back(to_string(format));
  values["sidecars"] = kOne;
  values["sidecars-translate"] = common.translate;
  values["location"] = plan.sidecars.string();
  values["formats"] = std::move(formats);
  values["force"] = common.force;
}

}  // namespace

Result<GraphSpec> transcode_graph() {
  return GraphSpec::parse(embedded_transcode_graph(), "transcode.json");
}

ParameterValues transcode_graph_values(const TranscodeOptions& options, const TranscodePlan& plan) {
  ParameterValues values;
  if (!plan.renditions.empty()) {
    values["picture"] = kOne;
    values[std::string(to_string(options.picture.codec))] = names_of(plan.renditions);
  }
  if (!plan.sound_languages.empty()) {
    values[std::string(to_string(options.audio_codec))] = plan.sound_languages;
  }
  if (!plan.files.empty() && plan.encodes()) add_files(values, options, plan);
  if (!plan.folder.empty()) add_presentation(values, options, plan);
  if (plan.has_speech) add_speech(values, options, plan);
  return values;
}

Status set_encoders(const TranscodeSession& session, const TranscodeOptions& options,
                    const TranscodePlan& plan) {
  if (!plan.renditions.empty()) {
    const bool is_deep = keeps_depth(options.picture.codec, session.streams().video->depth);
    const std::string format = is_deep ? "video/x-raw,format=I420_10LE" : "video/x-raw,format=I420";
    if (auto done = set_all(session.element("picture"), {{"caps", format}}); !done) return done;
    const ElementPtr raw = session.element("raw");
    const auto interval = manner_of(options).key_interval;
    if (raw && interval) ask_for_key_frames(raw.get(), *interval);
  }
  for (std::size_t i = 0; i < plan.renditions.size(); ++i) {
    if (auto done = set_rendition(session, options, plan.renditions[i], i); !done) return done;
  }
  const int ladder_rate =
      options.picture.ladder ? options.picture.ladder->audio_bitrate_kbps : kDefaultSoundRate;
  const std::int64_t rate = std::int64_t{options.audio_bitrate_kbps.value_or(ladder_rate)} * 1000;
  for (std::size_t i = 0; i < plan.sound_languages.size(); ++i) {
    const ElementPtr encoder = session.element(fmt::format("sound_encoder_{}", i));
    if (auto done = set_all(encoder, {{"bitrate", rate}}); !done) return done;
  }
  return ok();
}

}  // namespace subtide
