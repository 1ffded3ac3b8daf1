#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"
#include "engine/speech/commit_policy.h"
#include "engine/speech/load_shedder.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// What live recognition tells besides text. Times of events are the buffers' own timeline (PTS),
/// those of messages stream time.

/// "tide/live-edge", a serialized event: audio has come this far, told each second of it even while
/// text waits. Whoever holds text back uses it as a clock; it says nothing about what text may
/// come (GAP does).
struct LiveEdge {
  MediaTime time{0};
  bool operator==(const LiveEdge&) const = default;
};
EventPtr make_event(const LiveEdge& edge);
std::optional<LiveEdge> read_live_edge(GstEvent* event);

/// "tide/partial", a message: what may still change, behind the words that are final. Replaces the
/// one before; empty when all became final.
struct PartialText {
  std::vector<Word> words;
  std::size_t agreed = 0;  ///< the first of them that two decodes agreed on
  TimeSpan span;           ///< from the last final word to how far was heard
  std::string language;    ///< BCP 47; empty when unknown
  std::uint64_t revision = 0;
  bool operator==(const PartialText&) const = default;
};
void post_notice(GstElement* element, const PartialText& notice);
std::optional<PartialText> read_partial_text(GstMessage* message);

/// How long a committed word took, from its end.
struct CommitDelay {
  MediaTime word_end{0};
  /// Until the audio that the commit needed had come: agreement, or the end of speech.
  MediaDuration policy{0};
  /// From then on until it went out: waiting and model.
  MediaDuration compute{0};
  CommitCause cause = CommitCause::kAgreed;
  bool operator==(const CommitDelay&) const = default;
};
/// "tide/commit", a message: words became final, in order.
struct CommitNotice {
  std::vector<CommitDelay> words;
  double erasure = 0;  ///< of the preview so far, normalized
  bool operator==(const CommitNotice&) const = default;
};
void post_notice(GstElement* element, const CommitNotice& notice);
std::optional<CommitNotice> read_commit_notice(GstMessage* message);

/// "tide/degrade", a message: a rung of shedding was entered or left. The names are those of
/// to_string(ShedRung), "normal" for none.
struct DegradeNotice {
  bool is_entered = false;
  std::string from;
  std::string to;
  std::string cause;
  MediaDuration age{0};  ///< of the oldest unfinished window
  bool operator==(const DegradeNotice&) const = default;
};
DegradeNotice to_notice(const ShedChange& change);
void post_notice(GstElement* element, const DegradeNotice& notice);
std::optional<DegradeNotice> read_degrade_notice(GstMessage* message);

}  // namespace subtide
