#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "elements/sidecar_sink/sidecar_stream.h"
#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"

namespace subtide {

struct LiveSidecarOptions {
  std::string location;  ///< path without ".LANG.EXTENSION"
  std::string media_name;
  std::string spoken;  ///< empty: as the cues say
  std::vector<std::string> translations;
  MediaDuration origin{0};  ///< where engine time 0 is in the programme
};

/// The texts of a whole live programme, as files beside its playlists: WebVTT, SRT and JSON for
/// each language. They hold what the segments show, and cues that came too late for them.
///
/// Cues are written as they come, into files without their names, so a day of them costs no memory;
/// finish() gives the names. A file that cannot be written is given up, and nothing else suffers.
///
/// Time:    engine time; in the files that of the programme, as in the segments.
/// Owner:   the live stream.
/// Threads: any.
/// Errors:  none but those in the outcome: what became of which file.
class LiveSidecars {
 public:
  explicit LiveSidecars(LiveSidecarOptions options);

  /// Before all others: cues of a programme that goes on, at its times. Without a language they go
  /// where the first cue of what is spoken goes.
  void take_over(const std::string& language, std::vector<Cue> cues);
  void add(const Cue& cue);
  /// What was not heard is missing in every language.
  void add(const Gap& gap);
  void add_model(const std::string& role, const std::string& spec);

  struct Outcome {
    std::vector<FinishedSidecar> files;
    std::vector<Error> failures;
  };
  /// Once, when no cue comes any more.
  Outcome finish();

 private:
  SidecarStream& stream_of(const std::string& language);
  void add_to(SidecarStream& stream, const Cue& cue);
  void place_former(const std::string& language);
  void keep_failure(const Status& done);

  const LiveSidecarOptions options_;
  std::mutex mutex_;  ///< guards what is below
  std::shared_ptr<LanguageClaims> claims_ = std::make_shared<LanguageClaims>();
  std::map<std::string, SidecarStream> streams_;  ///< by language
  std::vector<Cue> former_;                       ///< whose language is not known yet
  std::vector<std::pair<std::string, std::string>> models_;
  std::vector<Gap> gaps_;
  std::vector<Error> failures_;
};

}  // namespace subtide
