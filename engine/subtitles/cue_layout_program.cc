#include "engine/subtitles/cue_layout_program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

// Costs are in the unit of break_badness(): a plain break between two words is 30. They were tuned
// by reading the cues of real transcripts.
constexpr double kCue = 10;  // every cue: fuller cues are calmer
constexpr double kSecondLine = 2;
constexpr double kLineBreakShare = 0.5;  // a line break hurts half as much as a cue break
constexpr double kInsideWord = 400;
constexpr double kSentenceInside = 14;  // a new sentence deserves a new cue
constexpr double kSentenceTorn = 12;    // begun behind another in a cue, and not ended there
constexpr double kClauseTorn = 6;
constexpr double kPreferredSkipped = 18;
constexpr double kPreferredShare = 0.2;
constexpr double kPauseInside = 30;    // per second above kPause
constexpr double kPause = 0.3;         // from here on a pause is heard as a break
constexpr double kUpperLonger = 0.45;  // per character of difference
constexpr double kLowerLonger = 0.25;
constexpr int kShortLine = 9;
constexpr double kShortLineCost = 2;  // per character below kShortLine
constexpr int kShortCue = 16;
constexpr double kShortCueCost = 1.5;  // per character below kShortCue, for part of a sentence
constexpr double kTooFast = 60;
constexpr double kTooShort = 60;
constexpr double kComfort = 1.4;  // seconds; shorter cues flicker
constexpr double kUncomfortable = 14;
constexpr std::size_t kMostAtoms = 240;
constexpr double kNever = std::numeric_limits<double>::infinity();

/// A break hurts less the longer the pause in it is.
double pause_share(double pause) {
  const double x = std::max(pause, 0.0) / kPause;
  return 1.0 / (1.0 + 0.6 * x * x);
}

double balance_cost(int upper, int lower) {
  const int difference = upper - lower;
  const int shorter = std::min(upper, lower);
  return (difference > 0 ? kUpperLonger * difference : -kLowerLonger * difference) +
         std::max(0, kShortLine - shorter) * kShortLineCost;
}

}  // namespace

CueProgram::CueProgram(const LayoutRules& rules, std::string language)
    : rules_(rules),
      language_(std::move(language)),
      extension_(to_seconds(rules.maximum_extension)),
      gap_(to_seconds(rules.minimum_gap())),
      minimum_(to_seconds(rules.minimum_duration)),
      maximum_(to_seconds(rules.maximum_duration)) {}

CueProgram::Node CueProgram::describe_border(const LayoutAtom& atom) const {
  Node node;
  node.begin = to_seconds(atom.word.span.begin - origin_);
  node.end = to_seconds(atom.word.span.end - origin_);
  node.column_end = atom.width;
  if (atoms_.empty()) return node;
  const LayoutAtom& left = atoms_.back();
  const Node& left_node = nodes_.back();
  const LayoutAtom* before = atoms_.size() > 1 ? &atoms_[atoms_.size() - 2] : nullptr;
  if (before != nullptr && ends_sentence(before->shape, left.shape)) before = nullptr;
  node.column = left_node.column_end + (atom.has_space_before ? 1 : 0);
  node.column_end = node.column + atom.width;
  const double pause = node.begin - left_node.end;
  node.badness = break_badness(before == nullptr ? nullptr : &before->shape, left.shape, atom.shape,
                               language_);
  const bool is_sentence_end = node.badness == 0;
  if (!atom.begins_word &&
      !joins_without_space(last_character(left.word.text), first_character(atom.word.text))) {
    node.badness = kInsideWord;
  }
  node.cue_break = node.badness * pause_share(pause);
  node.line_break = node.badness * std::max(pause_share(pause), 0.5) * kLineBreakShare;
  node.inner = left_node.inner + std::max(0.0, pause - kPause) * kPauseInside +
               (is_sentence_end ? kSentenceInside : 0);
  node.sentences = left_node.sentences + (is_sentence_end ? 1 : 0);
  node.clauses = left_node.clauses + (node.badness <= kClauseBreak ? 1 : 0);
  if (atom.is_preferred_break) {
    node.cue_break *= kPreferredShare;
    node.inner += kPreferredSkipped;
  }
  return node;
}

int CueProgram::width(std::size_t first, std::size_t border) const {
  return nodes_[border - 1].column_end - nodes_[first].column;
}

CueProgram::LineSplit CueProgram::split_lines(std::size_t first, std::size_t border,
                                              int lines) const {
  const int whole = width(first, border);
  if (whole <= rules_.line_length) return {0, first};
  if (lines < 2 || whole > rules_.line_length * lines + lines - 1) return {kNever, first};
  LineSplit best{kNever, first};
  for (std::size_t at = border - 1; at > first; --at) {
    const int lower = width(at, border);
    if (lower > rules_.line_length) break;
    const int upper = width(first, at);
    if (lines == 2 && upper > rules_.line_length) continue;
    double cost = kSecondLine + nodes_[at].line_break + balance_cost(upper / (lines - 1), lower);
    if (lines > 2) cost += split_lines(first, at, lines - 1).cost;
    if (cost < best.cost) best = {cost, at};
  }
  return best;
}

double CueProgram::time_cost(int characters, double available) const {
  const double needed = characters / rules_.reading_speed;
  double cost = 0;
  if (available < needed) {
    const double excess = needed / std::max(available, 0.05) - 1;
    cost += kTooFast * std::min(excess + excess * excess, 6.0);
  }
  if (available < minimum_) cost += kTooShort * (1 - std::max(available, 0.0) / minimum_);
  if (available < kComfort) cost += kUncomfortable * (1 - std::max(available, 0.0) / kComfort);
  return cost;
}

double CueProgram::cue_cost(std::size_t first, std::size_t border, double available,
                            double end_badness) const {
  const LineSplit split = split_lines(first, border, rules_.lines);
  if (split.cost == kNever) return kNever;
  const int characters = width(first, border);
  const bool is_whole = nodes_[first].badness == 0 && end_badness == 0;
  const double inner = nodes_[border - 1].inner - nodes_[first].inner;
  double torn = 0;
  if (end_badness > kClauseBreak) {
    const Node& last = nodes_[border - 1];
    if (last.clauses > nodes_[first].clauses) torn += kClauseTorn;
    if (last.sentences > nodes_[first].sentences) torn += kSentenceTorn;
  }
  const int missing = is_whole ? 0 : std::max(0, kShortCue - characters);
  return kCue + split.cost + inner + torn + missing * kShortCueCost +
         time_cost(characters, available);
}

void CueProgram::relax(std::size_t border, Node& node, double next_begin) {
  node.best = kNever;
  const double last_end = nodes_[border - 1].end;
  const double until = std::min(last_end + extension_, next_begin - gap_);
  std::size_t first = border;
  while (first > 0) {
    --first;
    const bool is_single = first + 1 == border;
    if (!is_single && last_end - nodes_[first].begin > maximum_) break;
    const double cost = cue_cost(first, border, until - nodes_[first].begin, node.badness);
    if (cost == kNever) break;
    first_active_ = first;
    const double total = nodes_[first].best + cost;
    if (total < node.best) {
      node.best = total;
      node.parent = first;
    }
  }
  node.best += node.cue_break;
}

std::vector<CueBlock> CueProgram::add(LayoutAtom atom) {
  if (atoms_.empty()) {
    origin_ = atom.word.span.begin;
  } else if (atom.has_space_before && joins_without_space(last_character(atoms_.back().word.text),
                                                          first_character(atom.word.text))) {
    atom.has_space_before = false;
  }
  Node node = describe_border(atom);
  const std::size_t border = atoms_.size();
  if (border > 0) relax(border, node, node.begin);
  atoms_.push_back(std::move(atom));
  nodes_.push_back(node);
  if (border == 0) return {};
  std::size_t settled = common_ancestor();
  if (settled == 0 && atoms_.size() >= kMostAtoms) settled = cheapest_active();
  if (settled == 0) return {};
  return take(settled, nodes_[settled].parent);
}

std::size_t CueProgram::common_ancestor() const {
  std::size_t common = nodes_.size() - 1;
  for (std::size_t other = first_active_; common > 0 && other + 1 < nodes_.size(); ++other) {
    std::size_t at = other;
    while (at != common) {
      if (at > common) {
        at = nodes_[at].parent;
      } else {
        common = nodes_[common].parent;
      }
    }
  }
  return common;
}

std::size_t CueProgram::cheapest_active() const {
  std::size_t cheapest = nodes_.size() - 1;
  for (std::size_t at = first_active_; at < nodes_.size(); ++at) {
    if (nodes_[at].best < nodes_[cheapest].best) cheapest = at;
  }
  return cheapest;
}

CueBlock CueProgram::make_block(std::size_t first, std::size_t border) const {
  CueBlock block;
  std::size_t end = border;
  for (int lines = rules_.lines; end > first; --lines) {
    const std::size_t line = split_lines(first, end, lines).last_line;
    block.lines.insert(block.lines.begin(), line_text(atoms_, line, end));
    end = line;
  }
  const auto at = atoms_.begin();
  block.atoms.assign(at + static_cast<std::ptrdiff_t>(first),
                     at + static_cast<std::ptrdiff_t>(border));
  return block;
}

std::vector<CueBlock> CueProgram::take(std::size_t border, std::size_t parent) {
  std::vector<CueBlock> blocks;
  for (std::size_t end = border, first = parent; end > 0;
       end = first, first = end > 0 ? nodes_[end].parent : 0) {
    blocks.push_back(make_block(first, end));
  }
  std::reverse(blocks.begin(), blocks.end());
  const auto count = static_cast<std::ptrdiff_t>(border);
  atoms_.erase(atoms_.begin(), atoms_.begin() + count);
  nodes_.erase(nodes_.begin(), nodes_.begin() + count);
  const double base = nodes_.empty() ? 0 : nodes_.front().best;
  for (Node& node : nodes_) {
    node.best -= base;
    node.parent -= std::min(node.parent, border);
  }
  first_active_ -= std::min(first_active_, border);
  return blocks;
}

std::vector<CueBlock> CueProgram::settle(MediaTime due) {
  std::size_t first = 0;
  while (first < atoms_.size() && atoms_[first].word.span.end <= due) ++first;
  if (first == 0) return {};
  Node end;
  relax(atoms_.size(), end, kNever);
  std::size_t best = atoms_.size();
  double least = end.best;
  for (std::size_t at = first; at < atoms_.size(); ++at) {
    if (nodes_[at].best > least) continue;
    best = at;
    least = nodes_[at].best;
  }
  return take(best, best == atoms_.size() ? end.parent : nodes_[best].parent);
}

std::optional<MediaTime> CueProgram::sentence_end() const {
  if (atoms_.empty()) return std::nullopt;
  if (ends_sentence(atoms_.back().shape)) return atoms_.back().word.span.end;
  for (std::size_t at = atoms_.size() - 1; at > 0; --at) {
    if (nodes_[at].badness == 0) return atoms_[at - 1].word.span.end;
  }
  return std::nullopt;
}

std::vector<CueBlock> CueProgram::finish(std::optional<MediaTime> next_begin) {
  if (atoms_.empty()) return {};
  Node end;
  relax(atoms_.size(), end, next_begin ? to_seconds(*next_begin - origin_) : kNever);
  return take(atoms_.size(), end.parent);
}

}  // namespace subtide
