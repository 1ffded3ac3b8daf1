#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/http_server.h"
#include "engine/app/console.h"
#include "engine/app/speech_options.h"
#include "engine/base/media_time.h"
#include "engine/config/ladder.h"

namespace subtide {

enum class LiveDisplay {
  kSync,   ///< pictures wait for their captions
  kAsync,  ///< captions come when they come
};

/// What the user asks of `subtide live`; each field is the option of its name.
struct LiveOptions : SpeechOptions {
  std::string source;
  std::vector<std::string> allow;  ///< CIDRs that addresses inside playlists may be in
  bool as_live = false;
  std::optional<int> lanes;
  int workers = 0;
  std::optional<std::filesystem::path> hls;
  std::optional<HttpServerOptions> http;
  std::string token;
  std::vector<std::string> push;
  std::optional<std::filesystem::path> record;
  std::optional<Ladder> ladder;                ///< nothing: video passes through as it is
  std::optional<std::filesystem::path> slate;  ///< with a ladder: shown while the source is away
  bool writes_webvtt = true;                   ///< as renditions of the HLS
  bool writes_cea608 = false;                  ///< in the pictures
  LiveDisplay display = LiveDisplay::kSync;
  MediaDuration latency = std::chrono::seconds(4);
  MediaDuration segment = std::chrono::seconds(2);
  MediaDuration part{0};   ///< of low-latency HLS; 0: none
  int window = 6;          ///< segments
  bool keeps_all = false;  ///< the playlist grows, and is a whole programme at the end
  std::optional<std::filesystem::path> metadata;
  std::optional<MediaDuration> duration;
  std::optional<std::filesystem::path> state;
  bool force = false;
  bool json = false;
  Verbosity verbosity = Verbosity::kNormal;
};

}  // namespace subtide
