#include "engine/app/cue_edit.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/app/cue_words.h"
#include "engine/base/atomic_file.h"
#include "engine/subtitles/cue_layout.h"
#include "engine/subtitles/layout_rules.h"
#include "engine/subtitles/text_chain.h"

namespace subtide {
namespace {

constexpr std::size_t kLargestGlossary = 16U << 20U;

void move_words(Cue& cue, MediaDuration by) {
  cue.span = cue.span.shifted(by);
  for (auto& word : cue.words) word.span = word.span.shifted(by);
}

/// Leaves out what lies outside `kept`; what crosses its borders is cut in time, never in words.
std::vector<Cue> clamp(std::vector<Cue> cues, const TimeSpan& kept) {
  std::erase_if(cues, [&](const Cue& cue) { return !cue.span.overlaps(kept); });
  const auto inside = [&](TimeSpan span) {
    return TimeSpan{std::clamp(span.begin, kept.begin, kept.end),
                    std::clamp(span.end, kept.begin, kept.end)};
  };
  for (auto& cue : cues) {
    cue.span = inside(cue.span);
    for (auto& word : cue.words) word.span = inside(word.span);
  }
  return cues;
}

std::vector<Phrase> to_phrases(const std::vector<Cue>& cues) {
  std::vector<Phrase> phrases;
  for (const auto& cue : cues) {
    for (auto& phrase : phrase_of(cue)) phrases.push_back(std::move(phrase));
  }
  return phrases;
}

/// Only the steps that a user asked for: a subtitle file's text is not a recogniser's.
std::vector<Phrase> change_words(const std::vector<Phrase>& phrases, const CueEdits& edits) {
  std::vector<std::unique_ptr<TextTransform>> steps;
  if (!edits.glossary.spelling.empty()) steps.push_back(make_speller(edits.glossary.spelling));
  if (edits.profanity != ProfanityMode::kKeep) {
    steps.push_back(make_profanity_filter(edits.profanity));
  }
  TextChain chain(std::move(steps));
  std::vector<Phrase> changed;
  const auto keep = [&](TextChainOutput output) {
    std::ranges::move(output.phrases, std::back_inserter(changed));
  };
  for (const auto& phrase : phrases) keep(chain.push(phrase));
  keep(chain.finish());
  return changed;
}

}  // namespace

bool CueEdits::changes_words() const {
  return !glossary.spelling.empty() || profanity != ProfanityMode::kKeep;
}

bool CueEdits::is_any() const {
  return start > MediaTime::zero() || duration || offset != MediaDuration::zero() || relayout ||
         changes_words();
}

Result<CueEdits> load_cue_edits(const SubtitleOptions& options) {
  CueEdits edits;
  edits.start = options.start;
  edits.duration = options.duration;
  edits.offset = options.time_offset;
  edits.relayout = options.relayout;
  edits.style = options.style;
  const auto profanity = parse_profanity_mode(options.profanity);
  if (!profanity) return profanity.error();
  edits.profanity = *profanity;
  auto glossary = load_glossary(options.glossary);
  if (!glossary) return glossary.error();
  edits.glossary = *std::move(glossary);
  return edits;
}

Result<std::vector<Cue>> edit_cues(std::vector<Cue> cues, const CueEdits& edits) {
  if (edits.start > MediaTime::zero() || edits.duration) {
    const MediaTime end = edits.duration ? edits.start + *edits.duration : MediaTime::max();
    cues = clamp(std::move(cues), {edits.start, end});
  }
  if (edits.relayout || edits.changes_words()) {
    const std::string language = cues.empty() ? "und" : cues.front().language;
    auto laid = lay_out(change_words(to_phrases(cues), edits), edits.style, language);
    if (!laid) return laid;
    cues = *std::move(laid);
  }
  if (edits.offset != MediaDuration::zero()) {
    for (auto& cue : cues) move_words(cue, edits.offset);
    cues = clamp(std::move(cues), {MediaTime::zero(), MediaTime::max()});
  }
  return cues;
}

Result<std::vector<Cue>> lay_out(const std::vector<Phrase>& phrases, const std::string& style,
                                 const std::string& language) {
  const auto rules = layout_rules(style, language);
  if (!rules) return rules.error();
  auto layout = CueLayout::create(*rules);
  if (!layout) return layout.error();
  std::vector<Cue> cues;
  for (const auto& phrase : phrases) {
    std::ranges::move(layout->push(phrase), std::back_inserter(cues));
  }
  std::ranges::move(layout->finish(), std::back_inserter(cues));
  for (auto& cue : cues) cue.language = language;
  return cues;
}

Result<Glossary> load_glossary(const std::optional<std::filesystem::path>& path) {
  if (!path) return Glossary{};
  const auto text = read_file(*path, kLargestGlossary);
  if (!text) return text.error();
  return parse_glossary(*text, path->string());
}

}  // namespace subtide
