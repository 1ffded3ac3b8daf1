#include "engine/speech/speech_segment.h"

namespace subtide {

std::string_view to_string(SegmentClose close) {
  switch (close) {
    case SegmentClose::kSilence:
      return "silence";
    case SegmentClose::kMaximumLength:
      return "maximum_length";
    case SegmentClose::kEnd:
      return "end";
  }
  return "end";
}

}  // namespace subtide
