#include "engine/app/transcode_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/app/embedded.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/keyframe_beat.h"
#include "engine/pipeline/told_cues.h"

namespace subtide {
namespace {

const std::vector<std::string> kOne = {"0"};
constexpr int kDefaultSoundRate = 128;  // kb/s
constexpr double kKeyInterval = 2;      // seconds

Status set_all(const ElementPtr& element, const ElementSettings& settings) {
  if (!element) return ok();
  for (const auto& [name, value] : settings) {
    if (auto done = set_property(G_OBJECT(element.get()), name, value); !done) return done;
  }
  return ok();
}

/// Hardware of one family has not the same properties everywhere.
ElementSettings known_of(const ElementPtr& element, ElementSettings settings) {
  if (!element) return settings;
  std::erase_if(settings, [&](const auto& one) {
    return g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), one.first.c_str()) ==
           nullptr;
  });
  return settings;
}

/// Ten bits stay where the codec's files are expected to have them.
bool keeps_depth(VideoCodec codec, int depth) {
  return depth > 8 && (codec == VideoCodec::kH265 || codec == VideoCodec::kAv1);
}

EncodingManner manner_of(const TranscodeOptions& options) {
  EncodingManner manner;
  const auto& ladder = options.picture.ladder;
  if (ladder) manner.preset = ladder->preset;
  // HLS cuts at key frames; players change between the sizes of a ladder at them.
  if (ladder || options.package == Package::kHls) {
    manner.key_interval = from_seconds(ladder ? ladder->keyframe_interval_s : kKeyInterval);
  }
  return manner;
}

Status set_rendition(const TranscodeSession& session, const TranscodeOptions& options,
                     const TranscodePlan& whole, std::size_t index) {
  const RenditionPlan& plan = whole.renditions[index];
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
  // Software encoders copy pictures; what hardware does with them nobody knows.
  const bool lends = !whole.encoder.is_hardware();
  if (auto done = set_all(element("scale"), {{"lend", lends}}); !done) return done;
  if (const ElementPtr overlay = element("burned")) burn_cues(overlay.get(), whole.burned);
  const std::string caps = coded_caps(codec, whole.encoder, plan);
  if (auto done = set_all(element("profile"), {{"caps", caps}}); !done) return done;
  EncodingManner manner = manner_of(options);
  manner.pass = whole.pass;
  if (whole.pass != EncodingPass::kOnly) {
    manner.stats = fmt::format("{}_{}", whole.stats.string(), index);
  }
  const ElementPtr encoder = element("encoder");
  auto settings = encoder_settings(codec, whole.encoder, plan, manner);
  if (whole.encoder.is_hardware()) settings = known_of(encoder, std::move(settings));
  return set_all(encoder, settings);
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
  const bool is_marked = options.metadata.has_value();
  const auto pictures =
      plan.copied_pictures.empty() ? names_of(plan.renditions) : plan.copied_pictures;
  values[is_marked ? "hls-marked" : "hls-picture"] = pictures;
  values[is_marked && pictures.empty() ? "hls-marked-sound" : "hls-sound"] =
      plan.copied_sound.empty() ? plan.sound_languages : plan.copied_sound;
  if (is_marked) values["metadata"] = options.metadata->string();
  if (!plan.copied.empty()) {
    values["copied"] = std::vector<std::string>{plan.copied.string()};
    values[plan.copied_codec == "hevc" ? "copied-h265" : "copied-h264"] = plan.copied_pictures;
    values["copied-sound"] = plan.copied_sound;
  }
  values["hls-source"] = plan.source_texts;
  values["hls-source-language"] = plan.source_text_languages;
  values["segment"] = std::int64_t{options.segment.count()};
  std::vector<std::string> told;
  for (const TextTrack& track : plan.told) told.push_back(track.language);
  values["hls-told"] = std::move(told);
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
  if (values.contains("picture")) {
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
  values["force"] = plan.may_replace;
}

/// Pictures are decoded, be it to look at them alone.
bool has_pictures(const TranscodePlan& plan) {
  return !plan.renditions.empty() || plan.has_shots || plan.watches;
}

Status set_gains(const TranscodeSession& session, const std::vector<double>& gains) {
  for (std::size_t i = 0; i < gains.size(); ++i) {
    const double factor = std::pow(10.0, gains[i] / 20);
    const ElementPtr element = session.element(fmt::format("gain_{}", i));
    if (auto done = set_all(element, {{"amplification", factor}}); !done) return done;
  }
  return ok();
}

void add_pictures(ParameterValues& values, const TranscodeOptions& options,
                  const TranscodePlan& plan) {
  const auto names = names_of(plan.renditions);
  if (has_pictures(plan)) values["picture"] = kOne;
  if (names.empty()) return;
  values[plan.burned ? "burned" : "plain"] = names;
  if (plan.pass == EncodingPass::kFirst) {
    const bool is_vp9 = options.picture.codec == VideoCodec::kVp9;
    values[is_vp9 ? "vp9-measured" : "measured"] = names;
    if (is_vp9) return;
  }
  values[plan.encoder.is_hardware() ? plan.encoder.element
                                    : std::string(to_string(options.picture.codec))] = names;
}

/// The sizes and rates of pictures and sound.
Status set_encoders(const TranscodeSession& session, const TranscodeOptions& options,
                    const TranscodePlan& plan) {
  if (has_pictures(plan)) {
    const bool is_deep = keeps_depth(options.picture.codec, session.streams().video->depth);
    const std::string format = is_deep ? "video/x-raw,format=I420_10LE" : "video/x-raw,format=I420";
    if (auto done = set_all(session.element("picture"), {{"caps", format}}); !done) return done;
    const ElementPtr raw = session.element("raw");
    const auto interval = manner_of(options).key_interval;
    if (raw && interval) ask_for_key_frames(raw.get(), *interval);
  }
  for (std::size_t i = 0; i < plan.renditions.size(); ++i) {
    if (auto done = set_rendition(session, options, plan, i); !done) return done;
  }
  const int ladder_rate =
      options.picture.ladder ? options.picture.ladder->audio_bitrate_kbps : kDefaultSoundRate;
  const std::int64_t rate = std::int64_t{options.audio_bitrate_kbps.value_or(ladder_rate)} * 1000;
  for (std::size_t i = 0; i < plan.sound_languages.size(); ++i) {
    const ElementPtr encoder = session.element(fmt::format("sound_encoder_{}", i));
    if (auto done = set_all(encoder, {{"bitrate", rate}}); !done) return done;
  }
  return set_gains(session, plan.gains);
}

}  // namespace

Result<GraphSpec> transcode_graph() {
  return GraphSpec::parse(embedded_transcode_graph(), "transcode.json");
}

ParameterValues transcode_graph_values(const TranscodeOptions& options, const TranscodePlan& plan) {
  ParameterValues values;
  add_pictures(values, options, plan);
  if (!plan.sound_languages.empty()) {
    values[std::string(to_string(options.audio_codec))] = plan.sound_languages;
  }
  if (!plan.gains.empty()) values["gain"] = plan.sound_languages;
  if (plan.is_checked) values["check"] = kOne;
  if (plan.watches) values["watch"] = kOne;
  values["listen"] = plan.heard;
  if (!plan.files.empty() && plan.encodes()) add_files(values, options, plan);
  if (!plan.folder.empty()) add_presentation(values, options, plan);
  if (plan.has_speech) add_speech(values, options, plan);
  return values;
}

Status build_graph(TranscodeSession& session, const GraphSpec& graph,
                   const TranscodeOptions& options, const TranscodePlan& plan) {
  if (auto built = session.build(graph, transcode_graph_values(options, plan)); !built) {
    return built;
  }
  for (std::size_t i = 0; i < plan.told.size(); ++i) {
    const ElementPtr source = session.element(fmt::format("told_{}", i));
    if (source) tell_cues(source.get(), plan.told[i].cues);
  }
  return set_encoders(session, options, plan);
}

}  // namespace subtide
