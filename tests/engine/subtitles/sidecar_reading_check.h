#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/subtitles/sidecar.h"

namespace subtide {

/// The texts of the cues, lines joined by " / "; fails the test when the bytes cannot be read.
inline std::vector<std::string> texts_of(SidecarFormat format, std::string_view bytes) {
  const auto sidecar = read_sidecar(format, bytes);
  std::vector<std::string> texts;
  if (!sidecar) {
    ADD_FAILURE() << sidecar.error().message;
    return texts;
  }
  for (const Cue& cue : sidecar->cues) {
    std::string text;
    for (const std::string& line : cue.lines) text += (text.empty() ? "" : " / ") + line;
    texts.push_back(text);
  }
  return texts;
}

/// "begin-end" of each cue in milliseconds.
inline std::vector<std::string> times_of(SidecarFormat format, std::string_view bytes) {
  const auto sidecar = read_sidecar(format, bytes);
  std::vector<std::string> times;
  if (!sidecar) {
    ADD_FAILURE() << sidecar.error().message;
    return times;
  }
  for (const Cue& cue : sidecar->cues) {
    times.push_back(std::to_string(to_milliseconds(cue.span.begin)) + "-" +
                    std::to_string(to_milliseconds(cue.span.end)));
  }
  return times;
}

/// The message with which the reader refuses the bytes; "" when it takes them.
inline std::string refusal(SidecarFormat format, std::string_view bytes) {
  const auto sidecar = read_sidecar(format, bytes);
  if (sidecar) return "";
  EXPECT_NE(sidecar.error().code, ErrorCode::kInternal);
  EXPECT_EQ(sidecar.error().message.find('\n'), std::string::npos);
  return sidecar.error().message;
}

}  // namespace subtide
