#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/pipeline/text_recorder.h"

namespace subtide {

/// Listens to all text of a graph: of its recogniser, and of its translators.
///
/// Time:    phrases are on the buffers' own timeline (PTS).
/// Owner:   the session; must outlive the bin's activity. Threads: one; `on_end` as TextRecorder.
class SessionTexts {
 public:
  /// `recognizer` may be null: then nothing is recorded.
  SessionTexts(GstBin* bin, GstElement* recognizer, std::function<void()> on_end);
  /// What is written down and translated in `bin`, to be told; there is no record of it.
  explicit SessionTexts(GstBin* bin);

  /// The recogniser is about to be taken out.
  void forget_recognizer() { recognizer_.reset(); }

  std::vector<Phrase> take_transcript();
  std::vector<Phrase> take_translations();
  std::optional<TextRecord> take_record();

 private:
  std::unique_ptr<TextRecorder> recognizer_;
  std::vector<std::unique_ptr<TextRecorder>> translators_;
};

Phrase shifted(Phrase phrase, MediaDuration by);

}  // namespace subtide
