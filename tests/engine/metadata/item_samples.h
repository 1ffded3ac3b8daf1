#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/scte35.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide::testing_support {

inline TimedMetadata json_item(std::string id = "goal-1", MediaTime at = MediaTime(0)) {
  const std::string json = R"({"team":"home"})";
  return {std::move(id),      "com.example.goal",         at,      std::chrono::seconds(5),
          PayloadKind::kJson, {json.begin(), json.end()}, "source"};
}

inline TimedMetadata binary_item() {
  return {"sensor",     "com.example.sensor", MediaTime(0),
          std::nullopt, PayloadKind::kBinary, {0, 0, 1, 0xFF, 0xFF, 0xFE, 0},
          "source"};
}

inline TimedMetadata splice_item(bool is_out, MediaTime at = MediaTime(0)) {
  SpliceSection splice;
  splice.event_id = 77;
  splice.direction = is_out ? SpliceDirection::kOut : SpliceDirection::kIn;
  splice.pts = 900'000;
  if (is_out) splice.duration = std::chrono::seconds(30);
  return {
      is_out ? "break-out" : "break-in", "com.example.ad", at, std::nullopt, PayloadKind::kScte35,
      write_splice_insert(splice),       "source"};
}

/// One of each kind that a reader gives back.
inline std::vector<TimedMetadata> one_of_each() {
  TimedMetadata bare = json_item("bare");
  bare.kind = PayloadKind::kNone;
  bare.payload.clear();
  TimedMetadata precise = json_item("tor-\xC3\xBC");
  precise.duration = MediaDuration(1'234'567'891);
  TimedMetadata klv = binary_item();
  klv.kind = PayloadKind::kKlv;
  return {json_item(), binary_item(), splice_item(true), bare, precise, klv};
}

/// Markers of a second each, the kinds in turn.
inline std::vector<TimedMetadata> many_items(std::size_t count,
                                             MediaDuration step = std::chrono::seconds(1)) {
  const std::vector<TimedMetadata> kinds = one_of_each();
  std::vector<TimedMetadata> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(kinds[i % kinds.size()]);
    items.back().id = fmt::format("marker-{}", i);
    items.back().at = step * static_cast<std::int64_t>(i);
  }
  return items;
}

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }

}  // namespace subtide::testing_support
