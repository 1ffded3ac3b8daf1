#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/engine/subtitles/layout_phrases.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using nlohmann::json;
using testing::lay_out;

/// What real people said, said again at a given tempo: words follow each other, with a short pause
/// at a comma, a longer one at a full stop and now and then one to think.
std::vector<Phrase> say(const std::string& text, const std::string& language, double per_character,
                        unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Phrase> phrases;
  double at = 1.0;
  Phrase phrase = testing::phrase_of({}, language);
  for (const std::string& part : split_words(text)) {
    const double length = per_character * (grapheme_count(part) + 1);
    phrase.words.push_back(testing::word(part, at, at + length));
    at += length;
    const bool is_end = std::string_view(".?!").find(part.back()) != std::string_view::npos;
    if (part.back() == ',') at += 0.2;
    if (is_end) at += 0.3 + 0.1 * static_cast<double>(random() % 12);
    if (random() % 25 == 0) at += 0.9;
    if (!is_end) continue;
    phrases.push_back(std::exchange(phrase, testing::phrase_of({}, language)));
  }
  if (!phrase.words.empty()) phrases.push_back(std::move(phrase));
  return phrases;
}

struct Talk {
  std::string name;
  std::string language;
  std::string text;
};

std::vector<Talk> talks() {
  std::vector<Talk> all;
  std::ifstream file(shared_folder() / "media" / "MANIFEST.json");
  if (!file) return all;
  for (const json& entry : json::parse(file)) {
    if (!entry.at("transcript").is_string() || !entry.at("language").is_string()) continue;
    all.push_back({entry.at("file"), entry.at("language"), entry.at("transcript")});
  }
  return all;
}

/// Most time the layout may give a cue: from half a second before its words, or its former cue, to
/// half a second after them, or its next.
MediaDuration room_of(const std::vector<Cue>& cues, std::size_t i, const LayoutRules& rules) {
  const Cue& cue = cues[i];
  MediaTime from = cue.words.front().span.begin - rules.maximum_lead;
  MediaTime to = cue.words.back().span.end + rules.maximum_extension;
  if (i > 0) from = std::max(from, cues[i - 1].words.back().span.end + rules.minimum_gap());
  if (i + 1 < cues.size()) {
    to = std::min(to, cues[i + 1].words.front().span.begin - rules.minimum_gap());
  }
  return to - from;
}

bool is_forced(const RuleBreach& breach, MediaDuration room, int characters,
               const LayoutRules& rules) {
  const double seconds = to_seconds(room);
  if (breach.rule == "reading_speed")
    return seconds <= 0 || characters / seconds > rules.reading_speed;
  return breach.rule == "duration" && room < rules.minimum_duration;
}

/// How many cues there were, and by rule how many did not meet it and how many of these could not.
class Tally {
 public:
  void add(const std::vector<Cue>& cues, const LayoutRules& rules) {
    cues_ += cues.size();
    std::map<std::string, std::size_t> by_id;
    for (std::size_t i = 0; i < cues.size(); ++i) by_id[cues[i].id] = i;
    for (const RuleBreach& breach : check_rules(cues, rules)) {
      const std::size_t i = by_id.at(breach.cue_id);
      int characters = 0;
      for (const std::string& line : cues[i].lines) characters += character_count(line);
      ++breaches_[breach.rule];
      if (is_forced(breach, room_of(cues, i, rules), characters, rules)) ++forced_[breach.rule];
    }
  }

  std::size_t cues() const { return cues_; }
  std::size_t breaches(const std::string& rule) const {
    const auto at = breaches_.find(rule);
    return at == breaches_.end() ? 0 : at->second;
  }
  /// Of the cues whose speech allows it, the share that meets `rule`, 0 to 1.
  double share(const std::string& rule) const {
    const auto at = forced_.find(rule);
    const std::size_t forced = at == forced_.end() ? 0 : at->second;
    const double possible = static_cast<double>(cues_ - forced);
    return (possible - static_cast<double>(breaches(rule) - forced)) / possible;
  }
  std::string text(const std::string& rule) const {
    return fmt::format("{} {:.1f} % ({} of {} cues do not)", rule, 100 * share(rule),
                       breaches(rule), cues_);
  }

 private:
  std::size_t cues_ = 0;
  std::map<std::string, std::size_t> breaches_;
  std::map<std::string, std::size_t> forced_;
};

TEST(LayoutOfRealTexts, MeetsEveryHardRuleAndNearlyAlwaysTheSoftOnes) {
  const std::vector<Talk> said = talks();
  if (said.empty()) SUBTIDE_SKIP_OR_FAIL("the shared recordings are missing");
  for (const std::string_view style : layout_styles()) {
    Tally tally;
    for (const double per_character : {0.055, 0.065, 0.08}) {  // 220, 180 and 150 words a minute
      for (unsigned seed = 0; seed < said.size(); ++seed) {
        const Talk& talk = said[seed];
        const LayoutRules rules = layout_rules(style, talk.language).value();
        tally.add(lay_out(say(talk.text, talk.language, per_character, seed), rules), rules);
      }
    }
    ASSERT_GT(tally.cues(), 200U);
    for (const char* rule : {"lines", "line_length", "order", "overlap", "gap"}) {
      EXPECT_EQ(tally.breaches(rule), 0U) << style << ": " << rule;
    }
    EXPECT_GE(tally.share("reading_speed"), 0.95) << style;
    EXPECT_GE(tally.share("duration"), 0.95) << style;
    std::printf("%s: %zu cues; lines, line length, order, overlap, gap 100 %%; %s; %s\n",
                std::string(style).c_str(), tally.cues(), tally.text("reading_speed").c_str(),
                tally.text("duration").c_str());
  }
}

}  // namespace
}  // namespace subtide
