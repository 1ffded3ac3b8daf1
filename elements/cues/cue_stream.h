#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "elements/cues/rule_properties.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"
#include "engine/subtitles/cue_layout.h"
#include "engine/subtitles/shot_snap.h"
#include "engine/subtitles/text_chain.h"

namespace subtide {

struct CueStreamOptions {
  std::string style = "netflix";
  RuleOverrides overrides;
  ProfanityMode profanity = ProfanityMode::kKeep;
  std::string glossary;            ///< path of the file; empty: none
  std::uint64_t first_number = 1;  ///< id of the first cue
};

/// Phrases in, finished cues out: the text chain, then the layout by the rules of the phrases'
/// language. A change of language starts a new layout; ids count on.
///
/// With shots in use cues go on to shot changes, and wait until those are known: see ShotSnap.
///
/// Time:    the phrases' own timeline; phrases in order.
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  create(): kInvalidArgument for impossible rules, and what reading the glossary gives.
///          push(): kInvalidArgument where the rules are impossible for the phrase's language.
class CueStream {
 public:
  static Result<CueStream> create(CueStreamOptions options);

  Result<std::vector<Cue>> push(const Phrase& phrase);
  /// No words will come before `time`.
  std::vector<Cue> advance(MediaTime time);
  /// Live: no word that ends at or before `due` is held any longer, and no whole sentence.
  std::vector<Cue> publish(MediaTime due);
  /// A jump, or the end for good: gives the rest.
  Result<std::vector<Cue>> finish();
  /// The end of text: as finish(), but cues may go on waiting for shots.
  Result<std::vector<Cue>> end();
  /// Forgets the words that no cue shows yet: after a flush.
  void drop();

  /// No cue still to come begins before this; nothing before the first words or advance().
  std::optional<MediaTime> watermark() const;
  enum class Shots { kUnused, kUsed };
  /// Whether cues wait for shot changes. Gives those that waited where they need no longer.
  std::vector<Cue> use_shots(Shots shots);
  /// As ShotSnap takes them; they give the cues that waited for it.
  std::vector<Cue> add_shot(MediaTime time);
  std::vector<Cue> know_shots_until(MediaTime time);
  std::vector<Cue> end_shots();
  void set_shot_offset(MediaDuration offset) { snap_.set_offset(offset); }
  void drop_shots() { snap_.drop_shots(); }
  /// Cues that wait for shots.
  std::size_t waiting() const { return snap_.size(); }

  /// What the text chain took away or changed since the last call.
  std::vector<TextNote> take_notes();

 private:
  CueStream(CueStreamOptions options, Glossary glossary);
  Status open_layout(const std::string& language);
  Status lay_out(TextChainOutput output, std::vector<Cue>& cues);
  std::vector<Cue> number(std::vector<Cue> cues);
  std::vector<Cue> give(std::vector<Cue> cues);
  std::optional<MediaTime> first_begin() const;
  void drop_words();
  void end_layout(std::vector<Cue>& cues);

  CueStreamOptions options_;
  Glossary glossary_;
  TextChain chain_;
  std::optional<CueLayout> layout_;
  std::string language_;
  LayoutRules rules_;  ///< of the layout
  ShotSnap snap_;
  Shots shots_ = Shots::kUnused;
  std::uint64_t count_ = 0;
  std::deque<MediaTime> held_;     ///< begins of words that the chain may still hold
  std::deque<MediaTime> pending_;  ///< begins of words that the layout holds
  std::optional<MediaTime> advanced_;
  std::optional<MediaTime> shown_until_;
  std::vector<TextNote> notes_;
};

}  // namespace subtide
