#include "engine/app/transcode_looks.h"

#include <algorithm>
#include <utility>

#include "engine/app/layout_review.h"

namespace subtide {
namespace {

template <typename Item>
void add_new(std::vector<Item>& all, std::vector<Item> more) {
  for (Item& one : more) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
  }
}

}  // namespace

EarlyLook look_for_texts(const MediaSelection& selection, const TranscodePlan& plan) {
  EarlyLook look;
  look.selection.video = selection.video;
  look.selection.audio = {selection.audio[*selection.speech]};
  look.selection.speech = 0;
  look.plan.has_speech = true;
  look.plan.has_shots = selection.video.has_value();
  look.plan.sidecars = plan.texts.parent_path() / kOwnTexts / plan.sidecars.filename();
  look.plan.sidecar_formats = plan.sidecar_formats;
  look.plan.texts = plan.texts;
  return look;
}

EarlyLook look_for_costs(const MediaSelection& selection, const TranscodePlan& plan) {
  EarlyLook look;
  look.selection.video = selection.video;
  look.plan.renditions = plan.renditions;
  look.plan.encoder = plan.encoder;
  look.plan.burned = plan.burned;
  look.plan.stats = plan.stats;
  look.plan.pass = EncodingPass::kFirst;
  return look;
}

Result<SessionResult> take_look(const EarlyLook& look, const MediaInput& input,
                                const MediaInformation& media, const GraphSpec& graph,
                                const TranscodeOptions& options, SessionObserver& observer,
                                const std::stop_token& stop) {
  TranscodeSessionOptions session_options;
  session_options.selection = look.selection;
  session_options.models = look.models;
  auto session = TranscodeSession::open(input, media, session_options, stop);
  if (!session) return session.error();
  if (auto built = build_graph(*session, graph, options, look.plan); !built) return built.error();
  auto result = session->run(observer, stop);
  if (result && result->is_stopped) return make_error(ErrorCode::kUnavailable, "stopped");
  return result;
}

Result<std::vector<TextTrack>> read_tracks(const std::vector<OutputNamed>& texts,
                                           const std::vector<std::string>& asked) {
  auto written = read_back(texts);
  if (!written) return written.error();
  std::vector<TextTrack> tracks;
  for (WrittenCues& one : *written) tracks.push_back({one.language, "", std::move(one.cues)});
  // Files finish in any order.
  std::ranges::stable_sort(tracks, {}, [&](const TextTrack& track) {
    const auto at = std::ranges::find(asked, track.language);
    return at == asked.end() ? std::ptrdiff_t{-1} : at - asked.begin();
  });
  return tracks;
}

const TextTrack* burned_track(const std::vector<TextTrack>& tracks,
                              const TranscodeOptions& options) {
  const auto& translate = options.common.translate;
  std::string wanted = options.subtitles.burned_language;
  if (wanted.empty() && !translate.empty()) wanted = translate.front();
  if (wanted.empty()) return tracks.empty() ? nullptr : &tracks.front();
  const auto found = std::ranges::find(tracks, wanted, &TextTrack::language);
  return found == tracks.end() ? nullptr : &*found;
}

SessionResult joined(SessionResult heard, SessionResult written) {
  heard.processed = written.processed;
  heard.is_stopped = written.is_stopped;
  add_new(heard.models, std::move(written.models));
  add_new(heard.outputs, std::move(written.outputs));
  add_new(heard.gaps, std::move(written.gaps));
  add_new(heard.reasons, std::move(written.reasons));
  return heard;
}

}  // namespace subtide
