#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/ingest/test_media.h"
#include "tests/live/live_run.h"

namespace subtide {

using WallClock = std::chrono::system_clock;

/// When an event was told; `time` of its envelope.
WallClock::time_point told_at(const nlohmann::json& event);
bool is_named(const nlohmann::json& event, const std::string& name);

/// How long behind their media's end segments were published, in seconds.
struct PublishLags {
  std::vector<double> seconds;  ///< in order of size
  double median() const { return seconds.empty() ? 0 : seconds[seconds.size() / 2]; }
  double worst() const { return seconds.empty() ? 0 : seconds.back(); }
};
PublishLags publish_lags(const LiveRun& run, WallClock::time_point from,
                         WallClock::time_point until);

/// Delays of captions behind their words that were told in that time, in seconds.
std::vector<double> caption_delays(const LiveRun& run, WallClock::time_point from,
                                   WallClock::time_point until);

/// How many words of a programme of tones are not between the first and the last that were heard.
/// It counts upward, so nothing else need be known of it.
int missing_words(const std::vector<Word>& heard);

/// Resident memory of a process, in MiB; 0 when it is gone.
double resident_mib(pid_t pid);

/// Looks some times a second; false after `most`.
bool wait_until(const std::function<bool()>& is_so, std::chrono::seconds most);
bool wait_for_event(const LiveRun& run, const std::string& name, std::size_t count,
                    std::chrono::seconds most);

/// What playlists of an HLS folder name and is not there.
std::vector<std::string> missing_files(const std::filesystem::path& hls);

}  // namespace subtide
