#pragma once

#include <memory>
#include <string_view>

#include "engine/subtitles/sidecar.h"

namespace subtide {

// The formats behind make_cue_writer() and read_sidecar(). Readers get UTF-8 without a byte order
// mark and without NUL.

std::unique_ptr<CueWriter> make_srt_writer();
std::unique_ptr<CueWriter> make_webvtt_writer(const SidecarHeader& header);
std::unique_ptr<CueWriter> make_ttml_writer(const SidecarHeader& header);
std::unique_ptr<CueWriter> make_ass_writer(const SidecarHeader& header);
std::unique_ptr<CueWriter> make_json_writer(const SidecarHeader& header);

Result<Sidecar> read_srt(std::string_view text);
Result<Sidecar> read_webvtt(std::string_view text);
Result<Sidecar> read_ttml(std::string_view text);
Result<Sidecar> read_ass(std::string_view text);
Result<Sidecar> read_json_sidecar(std::string_view text);

}  // namespace subtide
