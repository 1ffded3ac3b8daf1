#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "engine/pipeline/session.h"

namespace subtide {

/// What elements say on the bus, into the result and on to the observer.
///
/// Time:    told and kept from time zero on.
/// Owner:   the session; the result must outlive it. Threads: the session's own.
class SessionNotices {
 public:
  SessionNotices(SessionResult& result, MediaTime time_zero)
      : result_(result), time_zero_(time_zero) {}

  void tell(SessionObserver& observer) { observer_ = &observer; }

  /// An element message; others are passed over.
  void read(GstMessage* message);
  /// Only whether a decoder is missed; before anybody listens.
  void read_missing(GstMessage* message);
  void tell_speech(const SpeechSegment& segment);
  void tell_gap(const Gap& gap);
  void tell_model(const ModelUse& model);

  const std::vector<SpeechSegment>& speech() const { return speech_; }
  /// One line for people when a decoder was missed; else empty.
  const std::string& missing_decoder() const { return missing_decoder_; }

 private:
  bool read_check(GstMessage* message);
  TimeSpan from_zero(TimeSpan span) const { return span.shifted(-time_zero_); }

  SessionResult& result_;
  const MediaTime time_zero_;
  SessionObserver* observer_ = nullptr;
  std::vector<SpeechSegment> speech_;
  std::string missing_decoder_;
};

}  // namespace subtide
