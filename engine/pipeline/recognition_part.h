#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/gst/pointer.h"

namespace subtide {

/// The elements of a graph that make text of sound: its one tidetranscribe and all before it.
struct RecognitionPart {
  ElementPtr recognizer;
  std::vector<ElementPtr> elements;  ///< in no order; with the recogniser
  /// What they are and how they are set: equal settings, models and sound give equal text.
  std::string settings;
};

/// Nothing when the graph has no tidetranscribe, or several, or when something before it feeds
/// others too, so that the part cannot be taken out. Threads: as GstBin.
std::optional<RecognitionPart> find_recognition(GstBin* bin);

/// The elements of one kind in the bin, and in bins inside it.
std::vector<ElementPtr> elements_of(GstBin* bin, std::string_view factory);

/// Takes the part out of the bin, with the bin's pad `sink`. Returns the pad that its text went to.
/// The bin is not running.
PadPtr cut_off(GstBin* bin, const RecognitionPart& part);

}  // namespace subtide
