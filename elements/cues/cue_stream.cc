#include "elements/cues/cue_stream.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

constexpr std::size_t kLargestGlossary = 4 * 1024 * 1024;

Result<Glossary> read_glossary(const std::string& path) {
  if (path.empty()) return Glossary();
  const auto text = read_file(path, kLargestGlossary);
  if (!text) return text.error();
  return parse_glossary(*text, path);
}

TextChainOptions chain_options(const CueStreamOptions& options, const Glossary& glossary) {
  return {options.profanity, glossary};
}

void drop_before(std::deque<MediaTime>& begins, MediaTime time) {
  while (!begins.empty() && begins.front() < time) begins.pop_front();
}

}  // namespace

CueStream::CueStream(CueStreamOptions options, Glossary glossary)
    : options_(std::move(options)),
      glossary_(std::move(glossary)),
      chain_(chain_options(options_, glossary_)),
      count_(options_.first_number - 1) {}

Result<CueStream> CueStream::create(CueStreamOptions options) {
  auto glossary = read_glossary(options.glossary);
  if (!glossary) return glossary.error();
  CueStream stream(std::move(options), std::move(*glossary));
  // What is wrong with the rules is said before the first word, whatever its language.
  const Status opened = stream.open_layout("en");
  if (!opened) return opened.error();
  stream.layout_.reset();
  return stream;
}

Status CueStream::open_layout(const std::string& language) {
  auto style = layout_rules(options_.style, language);
  if (!style) return style.error();
  const LayoutRules rules = apply_overrides(std::move(*style), options_.overrides);
  auto layout = CueLayout::create(rules);
  if (!layout) return layout.error();
  layout_ = std::move(*layout);
  rules_ = rules;
  language_ = language;
  return ok();
}

Result<std::vector<Cue>> CueStream::push(const Phrase& phrase) {
  for (const Word& word : phrase.words) held_.push_back(word.span.begin);
  std::vector<Cue> cues;
  const Status laid_out = lay_out(chain_.push(phrase), cues);
  if (!laid_out) return laid_out.error();
  return give(std::move(cues));
}

Status CueStream::lay_out(TextChainOutput output, std::vector<Cue>& cues) {
  std::ranges::move(output.notes, std::back_inserter(notes_));
  for (const Phrase& phrase : output.phrases) {
    if (layout_ && phrase.language != language_) end_layout(cues);
    if (!layout_) {
      const Status opened = open_layout(phrase.language);
      if (!opened) return opened;
    }
    for (const Word& word : phrase.words) pending_.push_back(word.span.begin);
    drop_before(held_, phrase.words.back().span.end);
    std::ranges::move(number(layout_->push(phrase)), std::back_inserter(cues));
  }
  return ok();
}

std::vector<Cue> CueStream::advance(MediaTime time) {
  if (!held_.empty()) time = std::min(time, held_.front());
  advanced_ = std::max(advanced_.value_or(time), time);
  return give(layout_ ? number(layout_->advance(time)) : std::vector<Cue>());
}

std::vector<Cue> CueStream::publish(MediaTime due) {
  std::vector<Cue> cues;
  if (layout_) cues = number(layout_->publish(due, advanced_.value_or(due)));
  // Live nothing waits for shots.
  std::ranges::move(snap_.take_all(), std::back_inserter(cues));
  return cues;
}

void CueStream::end_layout(std::vector<Cue>& cues) {
  if (!layout_) return;
  std::ranges::move(number(layout_->finish()), std::back_inserter(cues));
  layout_.reset();
  pending_.clear();
}

Result<std::vector<Cue>> CueStream::finish() {
  auto cues = end();
  if (cues) std::ranges::move(snap_.take_all(), std::back_inserter(*cues));
  snap_.drop_cues();
  return cues;
}

Result<std::vector<Cue>> CueStream::end() {
  std::vector<Cue> cues;
  const Status laid_out = lay_out(chain_.finish(), cues);
  if (!laid_out) return laid_out.error();
  end_layout(cues);
  drop_words();
  snap_.end_cues();
  return give(std::move(cues));
}

void CueStream::drop() {
  drop_words();
  snap_.drop_cues();
}

void CueStream::drop_words() {
  chain_ = TextChain(chain_options(options_, glossary_));
  layout_.reset();
  held_.clear();
  pending_.clear();
  advanced_.reset();
  shown_until_.reset();
}

std::optional<MediaTime> CueStream::watermark() const {
  const auto begin = first_begin();
  if (!begin || (shots_ == Shots::kUnused && waiting() == 0)) return begin;
  return std::min(*begin - ShotSnap::reach(), snap_.earliest().value_or(*begin));
}

/// Of a cue still to come from the layout.
std::optional<MediaTime> CueStream::first_begin() const {
  std::optional<MediaTime> first_word = advanced_;
  for (const auto* begins : {&held_, &pending_}) {
    if (begins->empty()) continue;
    first_word = std::min(first_word.value_or(begins->front()), begins->front());
  }
  if (!first_word) return shown_until_;
  const MediaTime earliest = *first_word - rules_.maximum_lead;
  return std::max(shown_until_.value_or(earliest), earliest);
}

std::vector<TextNote> CueStream::take_notes() { return std::exchange(notes_, {}); }

std::vector<Cue> CueStream::use_shots(Shots shots) {
  shots_ = shots;
  return give({});
}

std::vector<Cue> CueStream::add_shot(MediaTime time) {
  snap_.add_shot(time);
  return give({});
}

std::vector<Cue> CueStream::know_shots_until(MediaTime time) {
  snap_.know_until(time);
  return give({});
}

std::vector<Cue> CueStream::end_shots() {
  snap_.end_shots();
  return give({});
}

/// Those that go at once, and those that need wait no longer.
std::vector<Cue> CueStream::give(std::vector<Cue> cues) {
  if (const auto begin = first_begin()) snap_.advance(*begin);
  std::ranges::move(shots_ == Shots::kUsed ? snap_.take() : snap_.take_all(),
                    std::back_inserter(cues));
  return cues;
}

/// Gives the cues their ids; with shots in use they wait.
std::vector<Cue> CueStream::number(std::vector<Cue> cues) {
  for (Cue& cue : cues) {
    cue.id = std::to_string(++count_);
    drop_before(pending_, cue.words.empty() ? cue.span.end : cue.words.back().span.end);
    shown_until_ = cue.span.end;
    if (shots_ == Shots::kUsed) snap_.add(cue, rules_);
  }
  return shots_ == Shots::kUsed ? std::vector<Cue>() : cues;
}

}  // namespace subtide
