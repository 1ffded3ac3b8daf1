#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elements/cues/cue_outlet.h"
#include "elements/cues/cue_properties.h"
#include "elements/cues/cue_stream.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// Text and shot changes in, cues out: CueStream between the pads of tidecues.
///
/// Events keep their place among the cues: one that comes behind cues that wait for shots waits
/// with them. GAP events alone do not, since they say only what holds already.
///
/// Time:    of each stream its buffers' PTS; shots meet text in running time.
/// Owner:   the element, from READY to READY.
/// Threads: text from one, shots from another; both at once.
/// Errors:  are posted, and the flow says so.
class CueFlow {
 public:
  CueFlow(GstElement* element, GstPad* src, CueOutlet& outlet, CueStream cues,
          std::function<CueSettings()> settings);

  GstFlowReturn take_text(GstBuffer* buffer);
  /// Serialized events; those of a flush are the element's matter.
  bool take_text_event(EventPtr event);
  /// What is under way of the text is forgotten.
  void restart();
  /// Sends again what the flush caught under way.
  void repeat(std::vector<EventPtr> events);

  /// Whether anything comes from the shots' pad.
  void use_shots(CueStream::Shots shots);
  void take_shot(GstBuffer* buffer);
  void take_shots_event(GstEvent* event);

 private:
  void ensure_caps();
  void post_notes();
  GstFlowReturn push_cues(const std::vector<Cue>& cues);
  bool push_event(EventPtr event);
  void push_watermark();
  void tell_of_waiting();
  GstFlowReturn push_due();
  bool advance_over_gap(GstEvent* event);
  void push_rest();
  bool begin_segment(EventPtr event);
  bool end(EventPtr event);
  bool forward(EventPtr event);
  void push_released(const std::vector<Cue>& cues);

  GstElement* const element_;
  GstPad* const src_;
  CueOutlet& outlet_;
  const std::function<CueSettings()> settings_;

  std::mutex mutex_;  ///< guards what follows
  CueStream cues_;
  bool has_caps_ = false;
  bool ends_lines_ = false;
  std::string language_;                 ///< of the TAG event
  std::optional<MediaTime> told_until_;  ///< what the last GAP downstream promised
  std::optional<MediaTime> edge_;        ///< of a live stream: how far audio has come
  GstSegment segment_;
  GstSegment shots_segment_;
  std::uint64_t pushed_ = 0;  ///< cues
  /// Events behind so many cues.
  std::deque<std::pair<std::uint64_t, EventPtr>> events_;
};

}  // namespace subtide
