#include "engine/app/live_sidecars.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kMostGaps = 10'000;

bool is_of_translations(const Gap& gap) { return gap.reason == "translator_failed"; }

}  // namespace

LiveSidecars::LiveSidecars(LiveSidecarOptions options) : options_(std::move(options)) {
  if (!options_.spoken.empty()) stream_of(options_.spoken);
  for (const auto& language : options_.translations) stream_of(language);
}

SidecarStream& LiveSidecars::stream_of(const std::string& language) {
  const auto known = streams_.find(language);
  if (known != streams_.end()) return known->second;
  SidecarStreamOptions stream;
  stream.location = options_.location;
  stream.formats = {SidecarFormat::kWebVtt, SidecarFormat::kSrt, SidecarFormat::kJson};
  // The segments of an earlier programme in this folder are replaced too.
  stream.if_exists = AtomicFile::IfExists::kReplace;
  stream.language = language;
  stream.media_name = options_.media_name;
  SidecarStream& made =
      streams_.emplace(language, SidecarStream(std::move(stream), claims_)).first->second;
  for (const auto& [role, spec] : models_) made.add_model(role, spec);
  keep_failure(made.open());
  return made;
}

void LiveSidecars::keep_failure(const Status& done) {
  if (!done) failures_.push_back(done.error());
}

void LiveSidecars::add_to(SidecarStream& stream, const Cue& cue) {
  if (!stream.is_given_up()) keep_failure(stream.add(cue));
}

void LiveSidecars::take_over(const std::string& language, std::vector<Cue> cues) {
  const std::lock_guard lock(mutex_);
  former_ = std::move(cues);
  if (!language.empty()) place_former(language);
}

void LiveSidecars::place_former(const std::string& language) {
  SidecarStream& stream = stream_of(language);
  for (Cue& cue : std::exchange(former_, {})) {
    cue.language = language;
    add_to(stream, cue);
  }
}

void LiveSidecars::add(const Cue& cue) {
  const std::lock_guard lock(mutex_);
  const bool is_translation =
      std::ranges::find(options_.translations, cue.language) != options_.translations.end();
  if (!former_.empty() && !is_translation) place_former(cue.language);
  Cue placed = cue;
  placed.span = cue.span.shifted(options_.origin);
  for (Word& word : placed.words) word.span = word.span.shifted(options_.origin);
  add_to(stream_of(cue.language), placed);
}

void LiveSidecars::add(const Gap& gap) {
  const std::lock_guard lock(mutex_);
  if (gaps_.size() < kMostGaps) gaps_.push_back({gap.span.shifted(options_.origin), gap.reason});
}

void LiveSidecars::add_model(const std::string& role, const std::string& spec) {
  const std::lock_guard lock(mutex_);
  models_.emplace_back(role, spec);
  for (auto& [language, stream] : streams_) stream.add_model(role, spec);
}

LiveSidecars::Outcome LiveSidecars::finish() {
  const std::lock_guard lock(mutex_);
  if (!former_.empty()) place_former("und");
  Outcome outcome;
  outcome.failures = std::exchange(failures_, {});
  for (auto& [language, stream] : streams_) {
    const bool is_translation =
        std::ranges::find(options_.translations, language) != options_.translations.end();
    for (const Gap& gap : gaps_) {
      if (is_translation || !is_of_translations(gap)) stream.add_gap(gap);
    }
    if (auto finished = stream.finish()) {
      std::ranges::move(*finished, std::back_inserter(outcome.files));
    } else {
      outcome.failures.push_back(finished.error());
    }
    std::ranges::move(stream.take_failures(), std::back_inserter(outcome.failures));
  }
  streams_.clear();
  return outcome;
}

}  // namespace subtide
