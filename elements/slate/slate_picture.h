#pragma once

#include <gst/video/video.h>

#include "engine/gst/picture_file.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// A dark picture with the sign of a pause: no text, so no font and no language.
Picture pause_sign();

/// The picture in the form of a stream: as large as fits, in its middle, its shape kept. The border
/// has the colour of the picture's first pixel.
/// Null: the form is one that nothing can be converted to.
BufferPtr render(const Picture& picture, const GstVideoInfo& form);

}  // namespace subtide
