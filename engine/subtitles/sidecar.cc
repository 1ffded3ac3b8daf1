#include "engine/subtitles/sidecar.h"

#include <array>
#include <set>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"

namespace subtide {
namespace {

constexpr std::array kFormats{SidecarFormat::kSrt, SidecarFormat::kWebVtt, SidecarFormat::kTtml,
                              SidecarFormat::kAss, SidecarFormat::kJson};
constexpr std::string_view kByteOrderMark = "\uFEFF";

Result<Sidecar> read_text(SidecarFormat format, std::string_view text) {
  switch (format) {
    case SidecarFormat::kSrt:
      return read_srt(text);
    case SidecarFormat::kWebVtt:
      return read_webvtt(text);
    case SidecarFormat::kTtml:
      return read_ttml(text);
    case SidecarFormat::kAss:
      return read_ass(text);
    case SidecarFormat::kJson:
      return read_json_sidecar(text);
  }
  return make_error(ErrorCode::kInternal, "no such sidecar format");
}

// A file may lack ids or repeat them; then its cues are counted from 1.
void make_ids_unique(std::vector<Cue>& cues) {
  std::set<std::string_view> seen;
  for (const Cue& cue : cues) {
    if (!cue.id.empty()) seen.insert(cue.id);
  }
  if (seen.size() == cues.size()) return;
  std::size_t number = 0;
  for (Cue& cue : cues) cue.id = std::to_string(++number);
}

}  // namespace

std::string_view to_string(SidecarFormat format) {
  switch (format) {
    case SidecarFormat::kSrt:
      return "srt";
    case SidecarFormat::kWebVtt:
      return "vtt";
    case SidecarFormat::kTtml:
      return "ttml";
    case SidecarFormat::kAss:
      return "ass";
    case SidecarFormat::kJson:
      return "json";
  }
  return "";
}

Result<SidecarFormat> parse_sidecar_format(std::string_view name) {
  for (const SidecarFormat format : kFormats) {
    if (to_string(format) == name) return format;
  }
  return make_error(ErrorCode::kInvalidArgument,
                    "no subtitle format '{}'; there are srt, vtt, ttml, ass and json",
                    excerpt(name));
}

std::unique_ptr<CueWriter> make_cue_writer(SidecarFormat format, const SidecarHeader& header) {
  switch (format) {
    case SidecarFormat::kSrt:
      return make_srt_writer();
    case SidecarFormat::kWebVtt:
      return make_webvtt_writer(header);
    case SidecarFormat::kTtml:
      return make_ttml_writer(header);
    case SidecarFormat::kAss:
      return make_ass_writer(header);
    case SidecarFormat::kJson:
      return make_json_writer(header);
  }
  return nullptr;
}

std::string write_sidecar(SidecarFormat format, const SidecarHeader& header,
                          const std::vector<Cue>& cues, const SidecarFooter& footer) {
  const auto writer = make_cue_writer(format, header);
  std::string text = writer->begin();
  for (const Cue& cue : cues) text += writer->add(cue);
  text += writer->end(footer);
  return text;
}

Result<Sidecar> read_sidecar(SidecarFormat format, std::string_view bytes) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (const auto offset = find_foreign_byte(bytes)) {
    return bad_line(line_at(bytes, *offset), "not UTF-8; convert the file to UTF-8 first");
  }
  auto sidecar = read_text(format, bytes);
  if (sidecar) make_ids_unique(sidecar->cues);
  return sidecar;
}

}  // namespace subtide
