#include "engine/pipeline/session_notices.h"

#include <fmt/format.h>
#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "engine/gst/quality_notices.h"

namespace subtide {
namespace {

/// "qc_1" looks at the second sound track, "qc" at the pictures.
std::optional<std::size_t> checked_track(GstMessage* message) {
  constexpr std::string_view kSound = "qc_";
  const std::string_view name = GST_MESSAGE_SRC_NAME(message);
  if (!name.starts_with(kSound)) return std::nullopt;
  std::size_t track = 0;
  const auto read = std::from_chars(name.data() + kSound.size(), name.data() + name.size(), track);
  return read.ec == std::errc() ? std::optional(track) : std::nullopt;
}

}  // namespace

void SessionNotices::read(GstMessage* message) {
  if (const auto speech = read_speech_end(message)) {
    tell_speech({from_zero(speech->span), speech->close});
  } else if (const auto gap = read_gap_notice(message)) {
    tell_gap({from_zero(gap->span), gap->reason});
  } else if (const auto model = read_loaded_model(message)) {
    tell_model({model->role, model->spec, model->detail});
  } else if (const auto file = read_sidecar_written(message)) {
    result_.outputs.push_back({file->path, file->language, file->format, file->cues});
    observer_->on_output(result_.outputs.back());
  } else if (!read_check(message)) {
    read_missing(message);
  }
}

bool SessionNotices::read_check(GstMessage* message) {
  const auto track = checked_track(message);
  if (auto finding = read_quality_finding(message)) {
    finding->span = from_zero(finding->span);
    if (track) {
      observer_->on_sound_finding(*track, *finding);
    } else {
      observer_->on_picture_finding(*finding);
    }
    return true;
  }
  const auto loudness = read_loudness(message);
  if (loudness && track) observer_->on_loudness(*track, *loudness);
  return loudness.has_value();
}

void SessionNotices::read_missing(GstMessage* message) {
  if (gst_is_missing_plugin_message(message) == FALSE) return;
  missing_decoder_ = fmt::format(
      "no {} is installed", TextPtr(gst_missing_plugin_message_get_description(message)).get());
}

void SessionNotices::tell_speech(const SpeechSegment& segment) {
  speech_.push_back(segment);
  result_.speech += segment.span.duration();
  observer_->on_speech(segment);
}

void SessionNotices::tell_gap(const Gap& gap) {
  result_.gaps.push_back(gap);
  observer_->on_gap(gap);
}

void SessionNotices::tell_model(const ModelUse& model) {
  if (std::ranges::find(result_.models, model) != result_.models.end()) return;
  result_.models.push_back(model);
  observer_->on_model(model);
}

}  // namespace subtide
