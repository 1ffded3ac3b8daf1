#pragma once

#include <gst/gst.h>

namespace subtide {

/// Lets a stream whose language nobody told say so ("und") before its first buffer: a Matroska
/// track without a language is an English one.
///
/// `pad` is the source pad that feeds the muxer, before data flows. A language that comes by a tag
/// stays.
void tell_unknown_language(GstPad* pad);

/// The same for all that feeds a Matroska muxer in `bin`, which does not run yet.
void tell_unknown_languages(GstBin* bin);

}  // namespace subtide
