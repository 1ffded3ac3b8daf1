#pragma once

#include <gst/gst.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// What the first packets of one elementary stream told.
struct SurveyedStream {
  enum class Kind { kAudio, kVideo, kSubtitle, kOther };
  Kind kind = Kind::kOther;
  std::string name;      ///< inside its file
  std::string codec;     ///< for people
  std::string language;  ///< as tagged
  std::string title;
  int channels = 0;
  int sample_rate = 0;
  int width = 0;
  int height = 0;
  std::optional<double> declared_rate;  ///< frames per second by the container
  std::vector<MediaTime> times;         ///< presentation in stream time, in order of arrival
  bool is_complete = false;             ///< enough was seen, or the stream ended
};

/// Watches the pads of a file that is being taken apart and notes what they carry; the data itself
/// is dropped.
///
/// Time:    stream time, so after edit lists and what else a GstSegment says.
/// Owner:   the caller; must outlive the pads' activity.
/// Threads: watch() and no_more_streams() from streaming threads; the rest from any. `settled` is
///          called once, from a streaming thread, when nothing more is to be learnt.
/// Errors:  none.
class StreamSurvey {
 public:
  StreamSurvey(int maximum_streams, std::function<void()> settled);

  void watch(GstPad* pad);
  void no_more_streams();

  std::vector<SurveyedStream> streams() const;
  bool has_too_many_streams() const;

 private:
  struct Watched;
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer watched);
  void note_event(Watched& watched, GstEvent* event);
  void note_buffer(Watched& watched, GstPad* pad, GstBuffer* buffer);
  void settle_if_done();

  const int maximum_streams_;
  const std::function<void()> settled_;
  mutable std::mutex mutex_;
  std::vector<SurveyedStream> streams_;
  bool has_all_streams_ = false;
  bool has_too_many_streams_ = false;
  bool has_scanned_far_ = false;
  bool is_settled_ = false;
};

}  // namespace subtide
