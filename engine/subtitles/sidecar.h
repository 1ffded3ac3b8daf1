#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"

namespace subtide {

enum class SidecarFormat { kSrt, kWebVtt, kTtml, kAss, kJson };

/// "srt", "vtt", "ttml", "ass", "json": name, file extension and option value alike.
std::string_view to_string(SidecarFormat format);
/// Errors: kInvalidArgument names the formats there are.
Result<SidecarFormat> parse_sidecar_format(std::string_view name);

/// What a sidecar tells besides its cues.
struct SidecarHeader {
  std::string language;                       ///< BCP 47
  std::string media_name;                     ///< file name without folders; may be empty
  std::map<std::string, std::string> models;  ///< "recognizer" -> "whisper:base.en", …
  std::string style = "default";              ///< ASS: "default" or "boxed"
  double frame_rate = 25.0;
};

/// Known only at the end.
struct SidecarFooter {
  std::optional<MediaDuration> media_duration;
  std::vector<Gap> gaps;
  /// Of roles in which another model was at work than the header says; JSON only.
  std::map<std::string, std::string> models{};
};

/// Writes one sidecar as a stream of text: begin(), add() per cue in order, end(). Joined, they are
/// the file. Nothing is kept, so a day of cues costs no memory.
///
/// Text is stripped of control characters and bidi overrides and escaped for the format. Times
/// round to the format's own step (milliseconds; centiseconds in ASS). Threads: one at a time.
/// Errors: none; a cue that does not end after it begins is written with the format's shortest
/// duration.
class CueWriter {
 public:
  virtual ~CueWriter() = default;
  virtual std::string begin() = 0;
  virtual std::string add(const Cue& cue) = 0;
  virtual std::string end(const SidecarFooter& footer) = 0;
};

std::unique_ptr<CueWriter> make_cue_writer(SidecarFormat format, const SidecarHeader& header);

/// The whole file at once.
std::string write_sidecar(SidecarFormat format, const SidecarHeader& header,
                          const std::vector<Cue>& cues, const SidecarFooter& footer);

/// A sidecar that was read.
struct Sidecar {
  SidecarHeader header;
  std::vector<Cue> cues;
  SidecarFooter footer;
};

/// Reads a sidecar strictly: the first thing that is not as the format says is an error (kBadInput)
/// that names the line and what was expected. Byte order mark and CRLF are accepted. Inline markup
/// is removed from the text. Never throws, whatever the bytes.
Result<Sidecar> read_sidecar(SidecarFormat format, std::string_view bytes);

}  // namespace subtide
