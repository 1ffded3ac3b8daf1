#pragma once

#include <string>
#include <vector>

namespace subtide {

enum class CheckState {
  kGood,
  kMissing,   ///< the main job cannot run without it
  kOptional,  ///< not there; something is lost without it
};

/// One thing that was looked at.
struct Check {
  std::string group;  ///< "media", "recognition", …
  std::string name;
  CheckState state = CheckState::kGood;
  std::string found;   ///< what is there, or what is lost without it
  std::string remedy;  ///< the command that gets it; empty when it is there
};

/// Looks at everything that subtide uses on this machine. GStreamer was started.
std::vector<Check> run_checks();

/// True when a recording can be turned into subtitles here.
bool can_subtitle(const std::vector<Check>& checks);

}  // namespace subtide
