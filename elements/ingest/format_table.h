#pragma once

#include <gst/gst.h>

#include <array>
#include <string>

#include "engine/gst/pointer.h"
#include "engine/ingest/timeline_mapper.h"

namespace subtide {

/// What a stream of some format needs on its way out: elements by name, none of which opens
/// anything by itself. This table is the allowlist: a format that is not in it is left out.
struct StreamFormat {
  TimelineKind kind = TimelineKind::kOther;
  const char* parser = nullptr;           ///< null: goes out as it is
  const char* parsed_caps = nullptr;      ///< the form in which it goes out; null: any
  std::array<const char*, 2> decoders{};  ///< of sound, the best first; null: none
  bool is_decoded = false;                ///< raw sound: there is no encoded form of it
};

/// Null when the format is not allowed.
const StreamFormat* find_stream_format(const GstCaps* caps);

/// The demuxer for a container; null when `caps` is none that is allowed.
const char* find_container(const GstCaps* caps);

/// The depayloader for a stream of RTP packets; null when it is not allowed.
const char* find_depayloader(const GstCaps* caps);

/// An element by one of our own names. Null, and a warning on the console, when it is not
/// installed.
ElementPtr make_named(const char* factory);

/// "tsdemux" reads these; others are found by content.
bool is_transport_stream(const std::string& head);

}  // namespace subtide
