#pragma once

#include <string>

namespace subtide {

/// Whether GStreamer has the element and it opens its device: it goes to READY and back.
///
/// Threads: any; blocks as long as the driver does. GStreamer was started.
bool encoder_works(const std::string& element);

}  // namespace subtide
