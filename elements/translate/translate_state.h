#pragma once

#include <gst/gst.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "elements/translate/sentence_translator.h"
#include "elements/translate/translate_properties.h"
#include "engine/base/media_time.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "engine/speech/ordered_lanes.h"
#include "engine/subtitles/sentence_batcher.h"

namespace subtide {

/// The insides of tidetranslate, shared by its two sources: the element with what comes in, and the
/// task with what goes out.

/// What comes out of the lanes: events keep their place among the sentences.
using TranslateOutcome = std::variant<TranslatedBatch, EventPtr>;
using TranslateLanes = OrderedLanes<SentenceBatch, TranslateOutcome>;

/// Lives from READY to READY. The sink's streaming thread has `batcher`, `language` and the two
/// times; the task has `segment`; the rest is safe from both.
struct TranslateState {
  TranslateState(std::shared_ptr<SentenceTranslator> made, const TranslateSettings& settings);
  void forget_time() {
    heard_until.reset();
    told_until.reset();
  }

  std::shared_ptr<SentenceTranslator> translator;
  std::string target_language;
  SentenceBatcher batcher;
  std::string language;                  ///< of the TAG event
  std::optional<MediaTime> heard_until;  ///< what GAPs of upstream promised
  std::optional<MediaTime> told_until;   ///< what ours did
  GstSegment segment;
  std::atomic<GstFlowReturn> flow = GST_FLOW_OK;
  TranslateLanes lanes;
};

struct TideTranslate {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;             ///< guards settings
  TranslateSettings settings;  ///< set from any thread
  std::optional<TranslateState> state;
};

inline TideTranslate* to_tide_translate(gpointer instance) {
  return static_cast<TideTranslate*>(instance);
}

/// Moves what the lanes gave downstream; runs on the source pad's task.
void run_translate_task(gpointer self);

/// The element's model, as it is told to others in `role`.
LoadedModel loaded_model(const TranslateState& state, const std::string& role);

}  // namespace subtide
