// TTML, in the text profile of IMSC 1.1: one region at the foot, clock times in milliseconds.
#include <algorithm>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

constexpr std::string_view kRootBegin = R"(<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" ttp:timeBase="media" ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" xml:lang=")";

constexpr std::string_view kStylingAndBody = R"(    <styling>
      <style xml:id="plain" tts:color="white" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:lineHeight="125%" tts:textAlign="center" tts:textOutline="black 6%"/>
    </styling>
    <layout>
      <region xml:id="foot" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after" tts:showBackground="whenActive"/>
    </layout>
  </head>
  <body style="plain" region="foot">
    <div>
)";

bool is_name_part(char c) {
  return is_ascii_letter(c) || is_ascii_digit(c) || c == '-' || c == '_' || c == '.';
}

class TtmlWriter final : public CueWriter {
 public:
  explicit TtmlWriter(const SidecarHeader& header) : header_(header) {}

  std::string begin() override {
    std::string text(kRootBegin);
    append_escaped(text, plain_text(header_.language), EscapeUse::kAttribute);
    text += "\">\n  <head>\n";
    append_metadata(text);
    text += kStylingAndBody;
    return text;
  }

  std::string add(const Cue& cue) override {
    const auto lines = plain_lines(cue);
    if (lines.empty()) return {};
    ++number_;
    const StepSpan span = to_steps(cue.span, std::chrono::milliseconds(1));
    std::string text = "      <p xml:id=\"" + xml_id(cue) + "\" begin=\"";
    append_clock(text, span.begin, '.');
    text += "\" end=\"";
    append_clock(text, span.end, '.');
    text += "\">";
    append_speaker(text, cue);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) text += "<br/>";
      append_escaped(text, lines[i]);
    }
    text += "</p>\n";
    return text;
  }

  std::string end(const SidecarFooter&) override { return "    </div>\n  </body>\n</tt>\n"; }

 private:
  static void append_element(std::string& text, std::string_view name, std::string_view value) {
    text.append("      <").append(name).append(">");
    append_escaped(text, value);
    text.append("</").append(name).append(">\n");
  }

  void append_metadata(std::string& text) const {
    const std::string title = plain_text(header_.media_name);
    if (title.empty() && header_.models.empty()) return;
    text += "    <metadata>\n";
    if (!title.empty()) append_element(text, "ttm:title", title);
    for (const auto& [role, model] : header_.models) {
      append_element(text, "ttm:desc", plain_text(role + ": " + model));
    }
    text += "    </metadata>\n";
  }

  static void append_speaker(std::string& text, const Cue& cue) {
    const std::string speaker = plain_text(cue.speaker.value_or(""));
    if (speaker.empty()) return;
    text += "<metadata><ttm:agent type=\"person\"><ttm:name type=\"full\">";
    append_escaped(text, speaker);
    text += "</ttm:name></ttm:agent></metadata>";
  }

  // An XML name may not begin with a digit, nor hold what other formats' ids may.
  std::string xml_id(const Cue& cue) const {
    const bool is_name = !cue.id.empty() && std::all_of(cue.id.begin(), cue.id.end(), is_name_part);
    return is_name ? "cue-" + cue.id : "nth-" + std::to_string(number_);
  }

  SidecarHeader header_;
  std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<CueWriter> make_ttml_writer(const SidecarHeader& header) {
  return std::make_unique<TtmlWriter>(header);
}

}  // namespace subtide
