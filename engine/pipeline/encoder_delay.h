#pragma once

#include <gst/gst.h>

namespace subtide {

/// Lets sound that is encoded in `bin` be heard when it was.
///
/// An AAC encoder puts a packet of silence before the first sample, and this one does not say so:
/// players would be 21 ms late at 48 kHz. Here its packets are stamped earlier by that much, and
/// what would then lie before zero is left out. Containers need no edit list for it.
///
/// Call before the bin runs. The first packet heard lacks what it shares with the one left out: it
/// fades in over those milliseconds.
/// Source:  FFmpeg's AAC encoder has an initial padding of 1024 samples.
void take_off_encoder_delay(GstBin* bin);

}  // namespace subtide
