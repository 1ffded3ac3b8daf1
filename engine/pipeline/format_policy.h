#pragma once

#include <gst/gst.h>

#include <string>

#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// Which of the installed elements may touch a file's bytes: a fixed list of demuxers, parsers and
/// audio decoders by name. None of them opens anything by itself, and no bin of GStreamer's own
/// choosing gets past it.
/// Threads: any.
bool is_allowed_format_element(const GstElementFactory* factory);

/// The same for pictures: parsers and decoders of video, which only transcoding plugs.
bool is_allowed_video_element(const GstElementFactory* factory);

/// The allowed demuxer or parser of the highest rank for `caps`; null when there is none.
GstPtr<GstElementFactory> find_demuxer(const GstCaps* caps);

/// Finds out by content what the file is.
/// Errors: kBadInput when it is no media, kUnsupported for playlists and for formats not allowed.
Result<CapsPtr> sniff_format(const MediaInput& input);

/// "MPEG-4 AAC", "Quicktime": what people call the format; the caps' name where nobody does.
std::string describe_format(const GstCaps* caps);

/// The media type, such as "audio/mpeg".
std::string media_type(const GstCaps* caps);

}  // namespace subtide
