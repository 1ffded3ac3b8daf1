#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/speech/speech_segment.h"

namespace subtide {

/// A model that an element loaded.
struct ModelUse {
  std::string role;    ///< "vad", "recognizer", "translator:es"
  std::string spec;    ///< as resolved: "whisper:base.en"
  std::string detail;  ///< one line for people; may be empty
  bool operator==(const ModelUse&) const = default;
};

/// A custom event of the stream; `structure` as GStreamer writes it.
struct RecordedEvent {
  std::uint32_t type = 0;  ///< GstEventType
  std::string structure;
  bool operator==(const RecordedEvent&) const = default;
};
struct RecordedTags {
  std::string tags;  ///< as GStreamer writes them
  bool operator==(const RecordedTags&) const = default;
};
/// No text in this span.
struct RecordedSilence {
  TimeSpan span;
  bool operator==(const RecordedSilence&) const = default;
};
using RecordedPhrase = std::shared_ptr<const Phrase>;
using RecordedItem = std::variant<RecordedPhrase, RecordedEvent, RecordedTags, RecordedSilence>;

/// The fields of the stream's GstSegment that are not always the same; -1 for none.
struct RecordedSegment {
  std::int64_t start = 0;
  std::int64_t stop = -1;
  std::int64_t time = 0;
  std::int64_t base = 0;
  bool operator==(const RecordedSegment&) const = default;
};

/// All that recognition told of one input, in order: what comes after it in a graph can be done
/// again from this, without the media.
///
/// Time: items are on the buffers' own timeline (PTS); the rest counts from time zero.
struct TextRecord {
  RecordedSegment segment;
  std::vector<RecordedItem> items;
  std::vector<SpeechSegment> speech;
  std::vector<ModelUse> models;  ///< up to the recogniser
  std::vector<Gap> gaps;         ///< words that were not believed
  MediaDuration processed{0};
};

std::string to_json(const TextRecord& record);
/// Errors: kBadInput, naming what does not read.
Result<TextRecord> text_record_from_json(std::string_view json);

}  // namespace subtide
