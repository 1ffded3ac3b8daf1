#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/subtitles/sidecar.h"

namespace subtide {

/// One cue with the given text, in milliseconds.
inline Cue cue_at(int begin_ms, int end_ms, std::vector<std::string> lines) {
  Cue cue;
  cue.span = {std::chrono::milliseconds(begin_ms), std::chrono::milliseconds(end_ms)};
  cue.lines = std::move(lines);
  return cue;
}

/// Text that some format would take for markup, a time, a comment or the end of the cue.
inline std::vector<std::string> nasty_texts() {
  return {
      "Tom & Jerry < > \"quoted\" 'single'",
      "<b>not bold</b> <i>nor italic</i> <3 a<b",
      "<v Anna>no voice</v> <00:00:01.000> </c>",
      "<!-- no comment --> <![CDATA[ none ]]> <?pi?>",
      "&amp; &lt;b&gt; &#38; &#x26; &nbsp; &unknown; AT&T",
      "{\\an8}top {\\pos(10,10)}place {y:i}micro {plain} {",
      "} { }{ \\{ \\} {\\p1}m 0 0{\\p0}",
      "C:\\Network\\new\\home \\N \\n \\h \\",
      "00:00:01,000 --> 00:00:02,000",
      "00:00:01.000 --> 00:00:02.000",
      "--> ---> ----> -- > <--",
      "42",
      "NOTE this is text",
      "WEBVTT",
      "STYLE",
      "[Events]",
      "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,text",
      "; comment",
      "comma, comma, comma",
      "\u00BFQu\u00E9 ma\u00F1ana? \u2014 \u00AB\u00A0Oui\u00A0!\u00A0\u00BB",
      "\U0001F469\u200D\U0001F469\u200D\U0001F467 \U0001F3F4\U000E0067\U000E0062\U000E007F "
      "\U0001F1EA\U0001F1F8",
      "\u05E9\u05DC\u05D5\u05DD \u200F(\u05E2\u05D5\u05DC\u05DD)\u200E",
      "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
      "\u5B57\u5E55\u3068\u6587\u5B57\u8D77\u3053\u3057\u3002",
      "word\u2060joiner <\u2060b> {\u2060\\an8} \\\u2060N &\u2060amp; -\u2060->",
      "[music] \u266A la la \u266A",
      "- One speaker",
      "100% {0} %s %n $HOME `id`",
      "]]>",
      "\"key\": \"value\\u0041\\\"\"",
  };
}

/// A short programme with two speakers, nasty texts and pauses; ids count from 1.
inline std::vector<Cue> sample_cues() {
  std::vector<Cue> cues{
      cue_at(1240, 3900, {"The president will sign", "the new budget tomorrow."}),
      cue_at(4000, 5500, {"- Really?", "- Yes, \"really\" & truly."}),
      cue_at(61'005, 63'999, {"\u00BFQu\u00E9 <hora> es?"}),
      cue_at(3'600'000, 3'601'500, {"{curly} C:\\New", "\u5B57\u5E55 \U0001F600"}),
  };
  cues[1].speaker = "Anna";
  cues[0].words = {
      {"The", {std::chrono::milliseconds(1240), std::chrono::milliseconds(1360)}, 0.93F},
      {"president", {std::chrono::milliseconds(1360), std::chrono::milliseconds(2000)}, 1.0F}};
  for (std::size_t i = 0; i < cues.size(); ++i) {
    cues[i].id = std::to_string(i + 1);
    cues[i].language = "en";
  }
  return cues;
}

inline SidecarHeader sample_header() {
  SidecarHeader header;
  header.language = "en";
  header.media_name = "talk <1> & more.mp4";
  header.models = {{"recognizer", "whisper:base.en"}, {"vad", "silero"}};
  return header;
}

inline SidecarFooter sample_footer() {
  return {std::chrono::milliseconds(3'660'200),
          {{{std::chrono::seconds(12), std::chrono::seconds(31)}, "recognizer_failed"}}};
}

inline std::vector<SidecarFormat> all_formats() {
  return {SidecarFormat::kSrt, SidecarFormat::kWebVtt, SidecarFormat::kTtml, SidecarFormat::kAss,
          SidecarFormat::kJson};
}

}  // namespace subtide
