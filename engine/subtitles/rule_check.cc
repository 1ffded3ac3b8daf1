#include <fmt/format.h>

#include "engine/subtitles/layout_rules.h"

namespace subtide {

namespace {

/// Files carry whole milliseconds, so a rule is broken only by more than one.
constexpr MediaDuration kRounding = std::chrono::milliseconds(1);

class RuleCheck {
 public:
  RuleCheck(const LayoutRules& rules, std::vector<RuleBreach>& breaches)
      : rules_(rules), breaches_(breaches) {}

  void check_text(const Cue& cue) {
    if (cue.lines.empty() || static_cast<int>(cue.lines.size()) > rules_.lines) {
      add(cue, "lines", fmt::format("{} lines, {} allowed", cue.lines.size(), rules_.lines));
    }
    for (const std::string& line : cue.lines) {
      const int length = character_count(line);
      if (length <= rules_.line_length) continue;
      add(cue, "line_length",
          fmt::format("{} characters on a line, {} allowed", length, rules_.line_length));
    }
  }

  void check_duration(const Cue& cue) {
    const MediaDuration duration = cue.span.duration();
    if (duration + kRounding < rules_.minimum_duration) {
      add(cue, "duration",
          fmt::format("shown for {:.3f} s, at least {:.3f} s wanted", to_seconds(duration),
                      to_seconds(rules_.minimum_duration)));
    } else if (duration - kRounding > rules_.maximum_duration) {
      add(cue, "duration",
          fmt::format("shown for {:.3f} s, {:.3f} s allowed", to_seconds(duration),
                      to_seconds(rules_.maximum_duration)));
    }
  }

  void check_speed(const Cue& cue) {
    int characters = 0;
    for (const std::string& line : cue.lines) characters += character_count(line);
    const double seconds = to_seconds(cue.span.duration() + kRounding);
    if (seconds > 0 && characters / seconds <= rules_.reading_speed) return;
    if (characters == 0) return;
    add(cue, "reading_speed",
        seconds > 0 ? fmt::format("{:.1f} characters/s, {:.0f} allowed", characters / seconds,
                                  rules_.reading_speed)
                    : fmt::format("{} characters shown for no time", characters));
  }

  void check_neighbours(const Cue& former, const Cue& cue) {
    if (cue.span.begin < former.span.begin) {
      add(cue, "order",
          fmt::format("begins at {}, before cue {} at {}", format_clock(cue.span.begin), former.id,
                      format_clock(former.span.begin)));
      return;
    }
    const MediaDuration gap = cue.span.begin - former.span.end;
    if (gap < MediaDuration::zero()) {
      add(cue, "overlap",
          fmt::format("begins {:.3f} s before cue {} ends", -to_seconds(gap), former.id));
    } else if (gap + kRounding < rules_.minimum_gap()) {
      add(cue, "gap",
          fmt::format("{:.3f} s after cue {}, at least {:.3f} s wanted", to_seconds(gap), former.id,
                      to_seconds(rules_.minimum_gap())));
    }
  }

 private:
  void add(const Cue& cue, std::string rule, std::string detail) {
    breaches_.push_back({cue.id, std::move(rule), std::move(detail)});
  }

  const LayoutRules& rules_;
  std::vector<RuleBreach>& breaches_;
};

}  // namespace

std::vector<RuleBreach> check_rules(const std::vector<Cue>& cues, const LayoutRules& rules) {
  std::vector<RuleBreach> breaches;
  RuleCheck check(rules, breaches);
  const Cue* former = nullptr;
  for (const Cue& cue : cues) {
    check.check_text(cue);
    check.check_duration(cue);
    check.check_speed(cue);
    if (former != nullptr) check.check_neighbours(*former, cue);
    former = &cue;
  }
  return breaches;
}

}  // namespace subtide
