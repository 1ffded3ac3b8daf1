#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The rules a cue must meet. Lengths count grapheme clusters, never bytes.
struct LayoutRules {
  std::string style = "netflix";
  int line_length = 42;         ///< most characters on a line
  int lines = 2;                ///< most lines
  double reading_speed = 20.0;  ///< most characters per second
  MediaDuration minimum_duration = std::chrono::milliseconds(833);
  MediaDuration maximum_duration = std::chrono::seconds(7);
  double frame_rate = 25.0;                                  ///< rules told in frames use it
  int minimum_gap_frames = 2;                                ///< shortest gap between cues
  MediaDuration chain_gap = std::chrono::milliseconds(500);  ///< gaps up to it close to the minimum
  MediaDuration maximum_silence = std::chrono::milliseconds(1500);  ///< inside one cue
  MediaDuration maximum_extension =
      std::chrono::milliseconds(500);                           ///< out-time after the last word
  MediaDuration maximum_lead = std::chrono::milliseconds(500);  ///< in-time before the first word

  MediaDuration frame() const;
  MediaDuration minimum_gap() const;
};

/// "netflix", "bbc", "children" or "cea608", with the numbers for `language` (BCP 47).
/// Errors: kInvalidArgument names the styles there are.
Result<LayoutRules> layout_rules(std::string_view style, std::string_view language);
std::vector<std::string_view> layout_styles();

/// User-perceived characters (grapheme clusters) of UTF-8 text.
int character_count(std::string_view text);

/// One rule that one cue does not meet.
struct RuleBreach {
  std::string cue_id;
  std::string
      rule;  ///< "lines", "line_length", "reading_speed", "duration", "order", "overlap", "gap"
  std::string detail;  ///< one line for people: "26.1 characters/s, 20 allowed"
};

/// Checks cues of one language, in order, against all rules.
std::vector<RuleBreach> check_rules(const std::vector<Cue>& cues, const LayoutRules& rules);

}  // namespace subtide
