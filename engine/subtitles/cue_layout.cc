#include "engine/subtitles/cue_layout.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/subtitles/cue_layout_atoms.h"
#include "engine/subtitles/cue_layout_program.h"
#include "engine/subtitles/cue_layout_timing.h"

namespace subtide {

namespace {

/// Only a pause this long in mid-sentence is shown as an ellipsis.
constexpr MediaDuration kEllipsisPause = std::chrono::seconds(2);
constexpr MediaDuration kLongestEllipsisPause = std::chrono::seconds(4);
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

/// A word and what its phrase says about it.
struct PhraseWord {
  Word word;
  std::string language;
  std::optional<std::string> speaker;
  bool is_punctuated = false;
  bool is_preferred_break = false;
};

/// Words hold no white space; one that does nevertheless is cut there, so that lines stay lines.
std::vector<Word> cut_at_white_space(const Word& word) {
  std::vector<Word> parts;
  const std::string& text = word.text;
  const auto size = static_cast<std::int64_t>(std::max<std::size_t>(text.size(), 1));
  std::size_t from = text.find_first_not_of(kWhiteSpace);
  while (from != std::string::npos) {
    const std::size_t to = std::min(text.find_first_of(kWhiteSpace, from), text.size());
    const auto at = [&](std::size_t offset) {
      return word.span.begin + word.span.duration() / size * static_cast<std::int64_t>(offset);
    };
    const MediaTime end = to == text.size() ? word.span.end : at(to);
    parts.push_back({text.substr(from, to - from), {at(from), end}, word.confidence});
    from = text.find_first_not_of(kWhiteSpace, to);
  }
  return parts;
}

Status check_positive(bool is_fine, std::string_view field) {
  if (is_fine) return ok();
  return make_error(ErrorCode::kInvalidArgument,
                    "layout rules: {} is out of range; take a preset and change less", field);
}

Status check(const LayoutRules& rules) {
  const auto zero = MediaDuration::zero();
  const std::pair<bool, std::string_view> claims[] = {
      {rules.line_length >= 1 && rules.line_length <= 1000, "line_length"},
      {rules.lines >= 1 && rules.lines <= 10, "lines"},
      {std::isfinite(rules.reading_speed) && rules.reading_speed > 0, "reading_speed"},
      {std::isfinite(rules.frame_rate) && rules.frame_rate >= 1, "frame_rate"},
      {rules.minimum_gap_frames >= 0 && rules.minimum_gap_frames <= 1000, "minimum_gap_frames"},
      {rules.minimum_duration >= zero, "minimum_duration"},
      {rules.maximum_duration > zero && rules.maximum_duration >= rules.minimum_duration,
       "maximum_duration"},
      {rules.chain_gap >= zero, "chain_gap"},
      {rules.maximum_silence > zero, "maximum_silence"},
      {rules.maximum_extension >= zero, "maximum_extension"},
      {rules.maximum_lead >= zero, "maximum_lead"}};
  for (const auto& [is_fine, field] : claims) {
    if (Status status = check_positive(is_fine, field); !status) return status;
  }
  return ok();
}

}  // namespace

struct CueLayout::State {
  explicit State(const LayoutRules& layout_rules) : rules(layout_rules), timing(layout_rules) {}

  LayoutRules rules;
  CueTiming timing;
  std::map<std::string, WordLists> lists;
  std::optional<CueProgram> program;   ///< of the stretch under way
  std::optional<PhraseWord> last;      ///< its time may still be trimmed by the next word
  std::optional<PhraseWord> trailing;  ///< the last word before a stretch ended in a pause
  std::vector<Cue> out;

  const WordLists& lists_for(const std::string& language) {
    auto found = lists.find(language);
    if (found == lists.end()) {
      found = lists.emplace(language, WordLists::for_language(language)).first;
    }
    return found->second;
  }

  bool may_trail(const PhraseWord& item) {
    if (!item.is_punctuated) return false;
    const WordShape shape = describe_word(item.word.text, lists_for(item.language), item.language);
    return shape.has_core && !ends_sentence(shape) && !shape.ends_with_stop && !shape.ends_clause;
  }

  void time_blocks(std::vector<CueBlock> blocks, const PhraseWord& item, bool is_last_trailing) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      Cue cue;
      cue.lines = std::move(blocks[i].lines);
      cue.language = item.language;
      cue.speaker = item.speaker;
      cue.words = join_words(blocks[i].atoms);
      cue.span = {cue.words.front().span.begin, cue.words.back().span.end};
      timing.add(std::move(cue), is_last_trailing && i + 1 == blocks.size(), out);
    }
  }

  void give_last_to_program() {
    if (!program) program.emplace(rules, last->language);
    for (LayoutAtom& atom : make_atoms(last->word, last->is_preferred_break, rules.line_length,
                                       lists_for(last->language), last->language)) {
      time_blocks(program->add(std::move(atom)), *last, false);
    }
  }

  void end_stretch(std::optional<MediaTime> next_begin) {
    if (!last) return;
    give_last_to_program();
    time_blocks(program->finish(next_begin), *last, !next_begin && may_trail(*last));
    program.reset();
    trailing = std::exchange(last, std::nullopt);
  }

  void mark_trailing(const PhraseWord& next) {
    if (!trailing) return;
    const MediaDuration pause = next.word.span.begin - trailing->word.span.end;
    const bool continues = pause >= kEllipsisPause && pause <= kLongestEllipsisPause &&
                           next.is_punctuated && next.speaker == trailing->speaker &&
                           next.language == trailing->language;
    if (continues &&
        describe_word(next.word.text, lists_for(next.language), next.language).is_lower) {
      timing.trail_off();
    }
    trailing.reset();
  }

  void add(PhraseWord item) {
    Word* former = last ? &last->word : trailing ? &trailing->word : nullptr;
    mend_times(item.word, former);
    if (last) {
      const MediaDuration pause = item.word.span.begin - last->word.span.end;
      const bool changes = item.speaker != last->speaker || item.language != last->language;
      if (pause > rules.maximum_silence) {
        end_stretch(std::nullopt);
      } else if (changes) {
        end_stretch(item.word.span.begin);
      } else {
        give_last_to_program();
      }
    }
    mark_trailing(item);
    last = std::move(item);
  }

  bool ends_a_sentence(const PhraseWord& item) {
    return item.is_punctuated &&
           ends_sentence(describe_word(item.word.text, lists_for(item.language), item.language));
  }

  /// Where the last whole sentence ends: behind it comes a word, or enough quiet to read it in.
  std::optional<MediaTime> sentence_end(MediaTime quiet_to) {
    const MediaTime end = last->word.span.end;
    if (quiet_to >= end + rules.maximum_extension && ends_a_sentence(*last)) return end;
    return program && last->is_punctuated ? program->sentence_end() : std::nullopt;
  }

  /// A cue that trails off waits for the next word; live, no cue waits for that.
  void publish(MediaTime due, MediaTime quiet_to) {
    if (!last) return timing.publish(quiet_to, out);
    due = std::max(due, sentence_end(quiet_to).value_or(due));
    const PhraseWord item = *last;
    if (item.word.span.end <= due) {
      give_last_to_program();
      last.reset();
      trailing.reset();
    }
    if (program) time_blocks(program->settle(due), item, false);
    if (program && program->empty()) program.reset();
    if (last) quiet_to = last->word.span.begin;
    if (program) quiet_to = program->first().word.span.begin;
    timing.publish(quiet_to, out);
  }

  std::vector<Cue> take_out() { return std::exchange(out, {}); }
};

Result<CueLayout> CueLayout::create(const LayoutRules& rules) {
  if (Status status = check(rules); !status) return status.error();
  return CueLayout(std::make_unique<State>(rules));
}

CueLayout::CueLayout(std::unique_ptr<State> state) : state_(std::move(state)) {}
CueLayout::CueLayout(CueLayout&&) noexcept = default;
CueLayout& CueLayout::operator=(CueLayout&&) noexcept = default;
CueLayout::~CueLayout() = default;

std::vector<Cue> CueLayout::push(const Phrase& phrase) {
  const std::vector<std::size_t>& preferred = phrase.preferred_breaks;
  for (std::size_t i = 0; i < phrase.words.size(); ++i) {
    bool is_preferred = std::find(preferred.begin(), preferred.end(), i) != preferred.end();
    for (Word& word : cut_at_white_space(phrase.words[i])) {
      state_->add({std::move(word), phrase.language, phrase.speaker, phrase.is_punctuated,
                   std::exchange(is_preferred, false)});
    }
  }
  return state_->take_out();
}

std::vector<Cue> CueLayout::advance(MediaTime time) {
  const auto& last = state_->last;
  if (last && time - last->word.span.end > state_->rules.maximum_silence) {
    state_->end_stretch(std::nullopt);
  }
  if (!state_->last) state_->timing.advance(time, state_->out);
  return state_->take_out();
}

std::vector<Cue> CueLayout::publish(MediaTime due, MediaTime quiet_to) {
  state_->publish(due, quiet_to);
  return state_->take_out();
}

std::vector<Cue> CueLayout::finish() {
  state_->end_stretch(std::nullopt);
  state_->timing.finish(state_->out);
  state_->trailing.reset();
  return state_->take_out();
}

}  // namespace subtide
