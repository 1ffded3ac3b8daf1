#pragma once

#include <gst/gst.h>

#include <chrono>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/ingest/source_address.h"
#include "engine/net/address_rules.h"

namespace subtide {

enum class FillKind { kNone, kGap, kSilence };

/// The properties of `tideingest`, as they are set.
struct IngestSettings {
  std::string uri;
  bool as_live = false;
  bool decode_audio = true;
  MediaDuration connect_timeout = std::chrono::seconds(10);
  MediaDuration stall_timeout = std::chrono::seconds(3);
  MediaDuration latency = std::chrono::seconds(1);
  std::string allow;  ///< networks, separated by commas
  std::string user_agent;
  std::string passphrase;             ///< of SRT
  std::string stream_id;              ///< of SRT
  std::string protocols = "tcp+udp";  ///< of RTSP
  FillKind fill = FillKind::kGap;
};

/// The same, read and checked.
struct IngestPlan {
  IngestSettings settings;
  SourceAddress address;
  std::vector<AddressRange> allowed;

  /// Whether time passes by the clock, and not by what downstream takes.
  bool is_live() const { return address.is_endless() || settings.as_live; }
  /// Whether its buffers come ahead of time and are held until they are due.
  bool is_paced() const { return settings.as_live || address.kind == SourceKind::kHls; }
  /// A side that waits to be called cannot say when it will be.
  bool waits_to_be_called() const;
};

/// Errors: as parse_source_address(); kInvalidArgument (networks, protocols).
Result<IngestPlan> make_ingest_plan(const IngestSettings& settings);

void install_ingest_properties(GObjectClass* object_class);
bool set_ingest_property(IngestSettings& settings, guint id, const GValue* value);
bool get_ingest_property(const IngestSettings& settings, guint id, GValue* value);

}  // namespace subtide
