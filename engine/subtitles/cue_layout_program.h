#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/subtitles/cue_layout_atoms.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// The text of one cue and the words behind it; its times are not settled yet.
struct CueBlock {
  std::vector<LayoutAtom> atoms;
  std::vector<std::string> lines;
};

/// The dynamic programme: chooses all cue and line breaks of one stretch of atoms, by cost.
///
/// A break is settled as soon as every way to go on shares it, so most text leaves a few cues after
/// it came. What is settled depends on the atoms alone, not on when it is asked for. Where ways
/// never meet, the cheapest is taken after a fixed number of atoms, so memory is bounded.
///
/// Owner: the caller. Threads: one at a time. Errors: none.
class CueProgram {
 public:
  CueProgram(const LayoutRules& rules, std::string language);

  /// Adds the next atom; gives the blocks that became settled.
  std::vector<CueBlock> add(LayoutAtom atom);

  /// Ends the stretch; `next_begin` is when the next word begins, when it follows closely.
  std::vector<CueBlock> finish(std::optional<MediaTime> next_begin);

  /// Live: settles at least the atoms that end at or before `due`, at the best break from there on;
  /// the end of what there is counts as one.
  std::vector<CueBlock> settle(MediaTime due);

  /// Where the last sentence ends that another word follows, inside or behind what there is.
  std::optional<MediaTime> sentence_end() const;

  bool empty() const { return atoms_.empty(); }
  const LayoutAtom& first() const { return atoms_.front(); }

 private:
  /// What is known of the border before an atom, and the cheapest way to it.
  struct Node {
    double best = 0;
    std::size_t parent = 0;
    double cue_break = 0;   ///< cost of ending a cue here
    double line_break = 0;  ///< cost of ending a line here
    double badness = 0;     ///< of the break as such
    double inner = 0;       ///< summed cost of having borders up to this one inside a cue
    double begin = 0;       ///< seconds, of the atom behind the border
    double end = 0;
    int sentences = 0;  ///< ended up to this border
    int clauses = 0;    ///< as well, sentences among them
    int column = 0;     ///< where the atom begins if the stretch were one line
    int column_end = 0;
  };
  struct LineSplit {
    double cost = 0;
    std::size_t last_line = 0;
  };

  Node describe_border(const LayoutAtom& atom) const;
  void relax(std::size_t border, Node& node, double next_begin);
  double cue_cost(std::size_t first, std::size_t border, double available,
                  double end_badness) const;
  double time_cost(int characters, double available) const;
  LineSplit split_lines(std::size_t first, std::size_t border, int lines) const;
  int width(std::size_t first, std::size_t border) const;
  std::size_t common_ancestor() const;
  std::size_t cheapest_active() const;
  std::vector<CueBlock> take(std::size_t border, std::size_t parent);
  CueBlock make_block(std::size_t first, std::size_t border) const;

  const LayoutRules rules_;
  const std::string language_;
  const double extension_;
  const double gap_;
  const double minimum_;
  const double maximum_;
  std::vector<LayoutAtom> atoms_;
  std::vector<Node> nodes_;       ///< one for each atom
  std::size_t first_active_ = 0;  ///< earliest begin of a cue that could still grow
  MediaTime origin_{0};           ///< Node seconds count from here
};

}  // namespace subtide
