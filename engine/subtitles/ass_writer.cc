// Advanced SubStation Alpha (v4.00+), as libass and the programs around it read it.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/subtitles/ass_text.h"
#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

constexpr std::string_view kScript = R"(ScriptType: v4.00+
WrapStyle: 0
ScaledBorderAndShadow: yes
PlayResX: 1920
PlayResY: 1080
)";

// Default: white with an outline. Boxed: white on a dark box (BorderStyle 3).
constexpr std::string_view kStylesAndEvents = R"(
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,56,&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3,1,2,120,120,60,1
Style: Boxed,Arial,52,&H00FFFFFF,&H00FFFFFF,&H40000000,&H40000000,0,0,0,0,100,100,0,0,3,10,0,2,120,120,60,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
)";

void append_time(std::string& text, std::int64_t centiseconds) {
  fmt::format_to(std::back_inserter(text), "{}:{:02}:{:02}.{:02}", centiseconds / 360'000,
                 centiseconds / 6000 % 60, centiseconds / 100 % 60, centiseconds % 100);
}

class AssWriter final : public CueWriter {
 public:
  explicit AssWriter(const SidecarHeader& header) : header_(header) {}

  std::string begin() override {
    std::string text = "[Script Info]\n; subtide\n";
    for (const auto& [role, model] : header_.models) {
      text += "; " + plain_text(role + ": " + model) + "\n";
    }
    append_field(text, "Title", header_.media_name);
    append_field(text, "Language", header_.language);
    text += kScript;
    text += kStylesAndEvents;
    return text;
  }

  std::string add(const Cue& cue) override {
    const auto lines = plain_lines(cue);
    if (lines.empty()) return {};
    const StepSpan span = to_steps(cue.span, std::chrono::milliseconds(10));
    std::string text = "Dialogue: 0,";
    append_time(text, span.begin);
    text += ',';
    append_time(text, span.end);
    text += header_.style == "boxed" ? ",Boxed," : ",Default,";
    std::string speaker = plain_text(cue.speaker.value_or(""));
    std::replace(speaker.begin(), speaker.end(), ',', ';');
    text += speaker + ",0,0,0,,";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) text += "\\N";
      text += escape_ass_text(lines[i]);
    }
    text += '\n';
    return text;
  }

  std::string end(const SidecarFooter&) override { return {}; }

 private:
  static void append_field(std::string& text, std::string_view name, std::string_view value) {
    const std::string plain = plain_text(value);
    if (!plain.empty()) text.append(name).append(": ").append(plain).append("\n");
  }

  SidecarHeader header_;
};

}  // namespace

std::unique_ptr<CueWriter> make_ass_writer(const SidecarHeader& header) {
  return std::make_unique<AssWriter>(header);
}

}  // namespace subtide
