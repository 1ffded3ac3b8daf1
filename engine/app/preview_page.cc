#include "engine/app/preview_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/app/embedded.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

/// JSON that can stand inside a script element: nothing in it can end the element or begin markup.
std::string script_json(const Json& value) {
  const std::string plain = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  for (const char letter : plain) {
    if (letter == '<' || letter == '>' || letter == '&') {
      safe += fmt::format("\\u{:04x}", static_cast<int>(letter));
    } else {
      safe += letter;
    }
  }
  return safe;
}

std::string joined_lines(const Cue& cue) {
  std::string text;
  for (const auto& line : cue.lines) text += (text.empty() ? "" : " ") + line;
  return text;
}

Json language_json(const PreviewLanguage& language) {
  Json cues = Json::array();
  for (const auto& cue : language.cues) {
    cues.push_back({{"start", to_seconds(cue.span.begin)},
                    {"end", to_seconds(cue.span.end)},
                    {"text", joined_lines(cue)}});
  }
  SidecarHeader header;
  header.language = language.code;
  return {{"code", language.code},
          {"webvtt", write_sidecar(SidecarFormat::kWebVtt, header, language.cues, {})},
          {"cues", std::move(cues)}};
}

Json page_json(const PreviewPage& page) {
  Json languages = Json::array();
  for (const auto& language : page.languages) languages.push_back(language_json(language));
  return {{"title", page.title},
          {"media",
           {{"name", page.media_name},
            {"source", page.media_source},
            {"kind", page.is_video ? "video" : "audio"}}},
          {"facts", page.facts},
          {"languages", std::move(languages)}};
}

void replace_once(std::string& text, std::string_view mark, std::string_view with) {
  const auto at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), with);
}

}  // namespace

std::string render_preview(const PreviewPage& page) {
  std::string html(embedded_preview_page());
  // The data goes in first: the title's mark stands before it, so no text in the data is taken for
  // the mark.
  replace_once(html, "@DATA@", script_json(page_json(page)));
  replace_once(html, "@TITLE@", escape_html(page.title));
  return html;
}

std::string relative_url(const std::filesystem::path& media, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code failure;
  const fs::path base = folder.empty() ? fs::path(".") : folder;
  fs::path path = fs::proximate(media, base, failure);
  if (failure) path = media;
  std::string url;
  // A first part with ':' would read as a scheme.
  if (path.is_relative()) url = "./";
  for (const char letter : path.generic_string()) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain =
        byte < 0x80 && (std::isalnum(byte) != 0 ||
                        std::string_view("/-._~").find(letter) != std::string_view::npos);
    url += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", byte);
  }
  return path.is_relative() ? url : "file://" + url;
}

}  // namespace subtide
