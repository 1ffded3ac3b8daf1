#pragma once

#include <gst/gst.h>

#include "engine/base/result.h"

namespace subtide {

/// What GStreamer calls the kind of an error.
struct GstErrorKind {
  GQuark domain = 0;
  int code = 0;
};

GstErrorKind to_gst_error(ErrorCode code);

/// Posts an ERROR message that carries the error's code and its one line.
/// Threads: any; the caller must not hold the element's object lock.
void post_error(GstElement* element, const Error& error);

/// Posts a WARNING message: something odd that does not stop the work.
void post_warning(GstElement* element, const Error& error);

/// Reads an ERROR or WARNING message back. Of foreign elements the code is the nearest one, and the
/// line starts with the element's name.
Error read_error(GstMessage* message);

}  // namespace subtide
