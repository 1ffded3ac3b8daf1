#pragma once

#include <glib-object.h>

#include <string>

#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/speech/speech_finder.h"

namespace subtide {

/// What a user set on tidevad.
struct VadSettings {
  std::string detector = "auto";
  SpeechGateOptions gate;
  guint batch = 32;
};

void install_vad_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_vad_property(VadSettings& settings, guint id, const GValue* value);
bool get_vad_property(const VadSettings& settings, guint id, GValue* value);

/// A finder for one stream of `detector`. Errors: kInvalidArgument, also when events would come
/// more than four seconds after their audio; the detector's.
Result<SpeechFinder> make_speech_finder(const VadSettings& settings, SpeechDetector& detector);

}  // namespace subtide
