#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

// A note and a cue id may hold anything but an arrow and line ends.
std::string without_arrows(std::string_view text) {
  std::string result = plain_text(text);
  for (std::size_t at = result.find("-->"); at != std::string::npos; at = result.find("-->")) {
    result.erase(at + 2, 1);
  }
  return result;
}

// These first words would make the block something else than a cue.
bool is_block_name(std::string_view id) {
  return id == "NOTE" || id.starts_with("NOTE ") || id == "STYLE" || id == "REGION";
}

class WebVttWriter final : public CueWriter {
 public:
  explicit WebVttWriter(const SidecarHeader& header) : header_(header) {}

  std::string begin() override {
    std::string text = "WEBVTT\n";
    std::string note;
    append_note(note, "language", header_.language);
    append_note(note, "media", header_.media_name);
    for (const auto& [role, model] : header_.models) append_note(note, role, model);
    if (!note.empty()) text += "\nNOTE subtide\n" + note;
    return text;
  }

  std::string add(const Cue& cue) override {
    const auto lines = plain_lines(cue);
    if (lines.empty()) return {};
    ++number_;
    const StepSpan span = to_steps(cue.span, std::chrono::milliseconds(1));
    std::string text = "\n";
    text.append(cue_id(cue)).append("\n");
    append_clock(text, span.begin, '.');
    text += " --> ";
    append_clock(text, span.end, '.');
    text += '\n';
    append_voice(text, cue);
    for (const std::string& line : lines) {
      append_escaped(text, line);
      text += '\n';
    }
    return text;
  }

  std::string end(const SidecarFooter&) override { return {}; }

 private:
  static void append_note(std::string& note, std::string_view name, std::string_view value) {
    const std::string line = without_arrows(value);
    if (!line.empty()) note.append(without_arrows(name)).append(": ").append(line).append("\n");
  }

  static void append_voice(std::string& text, const Cue& cue) {
    const std::string speaker = plain_text(cue.speaker.value_or(""));
    if (speaker.empty()) return;
    text += "<v ";
    append_escaped(text, speaker);
    // A name that ends in dashes must not make an arrow of the tag's end; blanks there do not
    // count.
    text += speaker.ends_with('-') ? " >" : ">";
  }

  std::string cue_id(const Cue& cue) const {
    std::string id = without_arrows(cue.id);
    return id.empty() || is_block_name(id) ? std::to_string(number_) : id;
  }

  SidecarHeader header_;
  std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<CueWriter> make_webvtt_writer(const SidecarHeader& header) {
  return std::make_unique<WebVttWriter>(header);
}

}  // namespace subtide
