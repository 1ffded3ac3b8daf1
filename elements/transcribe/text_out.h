#pragma once

#include <gst/gst.h>

#include <optional>
#include <set>
#include <string>

#include "elements/transcribe/live_recognition.h"
#include "elements/transcribe/window_transcriber.h"
#include "engine/base/media_time.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// The text side of a stream: pushes phrases, GAPs between them, gap notices and events to a pad,
/// in order, and counts.
///
/// Time:    takes media time; what it pushes is later by `lateness`.
/// Owner:   the element, which must outlive it; movable.
/// Threads: one at a time. Errors: as gst_pad_push().
class TextOut {
 public:
  TextOut(GstElement* element, GstPad* pad, LoadedModel model, MediaDuration lateness);

  GstFlowReturn push(const TranscribedWindow& window);
  /// What live recognition gave, with its messages. It may lie behind what other text waits for.
  GstFlowReturn push(const LiveText& text);
  /// Tells downstream that audio has come to `edge`.
  void push(LiveEdge edge);
  /// Pushes any serialized event; before EOS the statistics are posted, with `audio` as heard.
  void push(EventPtr event, MediaDuration audio);
  /// No text will come before `time`: pushes a GAP up to it.
  void advance(MediaTime time);
  /// After a flush: nothing is known of the position.
  void reset() { position_.reset(); }

  /// How long ago, by the pipeline's clock, media time `time` was due. Nothing without clock.
  std::optional<MediaDuration> delay_of(MediaTime time) const;

 private:
  GstFlowReturn push_text(const TranscribedWindow& window);
  void count(const TranscribedWindow& window);
  MediaTime stream_time(MediaTime time) const;
  GstFlowReturn push_phrase(const Phrase& phrase);
  void tell_gap(const Gap& gap, const std::optional<Error>& failure);
  void tell_language(const std::string& language);
  void tell_model(const std::string& spec);

  GstElement* element_;
  GstPad* pad_;
  LoadedModel model_;
  MediaDuration lateness_;
  GstSegment segment_;
  std::optional<MediaTime> position_;  ///< told up to here
  std::string language_;
  std::set<std::string> other_models_;  ///< told
  Statistics statistics_;
};

}  // namespace subtide
