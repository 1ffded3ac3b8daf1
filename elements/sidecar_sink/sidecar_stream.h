#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {

/// The languages that the streams of one sink write: no two may write the same files.
/// Threads: any.
class LanguageClaims {
 public:
  /// False when another stream has it.
  bool claim(const std::string& language);

 private:
  std::mutex mutex_;
  std::set<std::string> taken_;
};

struct SidecarStreamOptions {
  std::string location;  ///< path without ".LANG.EXTENSION"
  std::vector<SidecarFormat> formats = {SidecarFormat::kSrt};
  AtomicFile::IfExists if_exists = AtomicFile::IfExists::kRefuse;
  std::string language;  ///< empty: that of the first cue
  MediaTime time_zero{0};
  std::string style = "default";
  std::string media_name;
  std::optional<MediaDuration> media_duration;
  double frame_rate = 25.0;
};

/// A sidecar that stands complete under its final name.
struct FinishedSidecar {
  std::string path;
  SidecarFormat format = SidecarFormat::kSrt;
  std::uint64_t cues = 0;
  std::string language{};
};

/// Writes the cues of one language into one file per format.
///
/// The files are reserved under temporary names as soon as the language is known, and appear all at
/// once in finish(); without it they never do. A file that cannot be written is given up, the
/// others go on.
///
/// Time:    cues and gaps come in stream time; time_zero is taken off here. What ends before zero
///          is left out, what begins before it is clamped.
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  open() and add(): as AtomicFile::create, and kAlreadyExists when another stream writes
///          the language, kInvalidArgument for a language that is no BCP 47 tag. What happens to
///          single files is in take_failures().
class SidecarStream {
 public:
  SidecarStream(SidecarStreamOptions options, std::shared_ptr<LanguageClaims> claims);

  /// Reserves the files where the language is known already; otherwise does nothing yet.
  Status open();
  Status add(Cue cue);
  void add_gap(Gap gap);
  void add_model(const std::string& role, const std::string& spec);
  /// Used when neither the options nor a cue name a language.
  void suggest_language(const std::string& language);

  /// Ends the files and gives them their names.
  Result<std::vector<FinishedSidecar>> finish();

  /// Forgets everything written so far and begins the files again: after a flush.
  Status restart();

  /// Failures of single files since the last call.
  std::vector<Error> take_failures();
  /// True when files were opened and none is left to write.
  bool is_given_up() const;
  const std::string& language() const { return language_; }

 private:
  struct File {
    AtomicFile file;
    SidecarFormat format;
    std::unique_ptr<CueWriter> writer;  ///< made with the first cue, when the models are known
  };
  Status open_files();
  Status reserve_files();
  void begin();
  SidecarHeader header() const;
  std::string path_of(SidecarFormat format) const;
  template <typename Text>
  void write_each(Text text);

  SidecarStreamOptions options_;
  std::shared_ptr<LanguageClaims> claims_;
  std::string language_;  ///< empty until claimed
  std::string suggested_;
  std::map<std::string, std::string> models_;
  std::map<std::string, std::string> begun_with_;  ///< the models, in the header
  std::vector<Gap> gaps_;
  std::vector<File> files_;
  std::vector<Error> failures_;
  std::uint64_t cues_ = 0;
  bool has_begun_ = false;
};

}  // namespace subtide
