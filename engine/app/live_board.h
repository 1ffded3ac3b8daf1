#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// How a live stream stands, for people: the status line, the watch page, /status.
struct LiveBoard {
  struct Output {
    std::string target;  ///< "hls", "rtmp://host/app"
    std::string state;   ///< "ok", "congested", "retrying", "ended"
  };
  std::string title;
  std::string state = "connecting";  ///< "live", "reconnecting", "ending", "ended"
  std::string language;              ///< spoken; empty while unknown
  std::vector<std::string> translations;
  int epoch = 0;
  MediaTime position{0};                       ///< of the newest media
  std::optional<MediaDuration> caption_delay;  ///< of the last cue, from its last word's end
  std::uint64_t segments = 0;                  ///< published
  int rung = 0;                                ///< of work left out
  std::string last_words;
  std::vector<Output> outputs;

  Output& output(const std::string& target);
};

/// One JSON object on one line.
std::string to_json(const LiveBoard& board);

/// "live  00:12:31  epoch 1  captions +1.8 s  hls  "and that is the news."", at most `width`
/// columns.
std::string status_line(const LiveBoard& board, int width);

}  // namespace subtide
