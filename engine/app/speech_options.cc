#include "engine/app/speech_options.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/app/output_names.h"
#include "engine/subtitles/layout_rules.h"
#include "engine/subtitles/profanity.h"

namespace subtide {

void add_speech_options(CLI::App& app, SpeechOptions& options) {
  app.add_option("--language", options.language, "What is spoken (default: auto)")
      ->type_name("LANG");
  app.add_option("--translate", options.translate, "Also in these languages")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LANG,...");
  app.add_option("--recognizer", options.recognizer,
                 "auto, whisper:NAME, pocketsphinx, openai:URL; a list is tried in order")
      ->type_name("SPEC");
  app.add_option("--translator", options.translator,
                 "auto, apertium, openai-chat:URL, libretranslate:URL")
      ->type_name("SPEC");
  app.add_option("--detector", options.detector, "auto, silero, energy")->type_name("SPEC");
  app.add_option("--glossary", options.glossary, "Spellings and translations to use (JSON)")
      ->type_name("FILE");
  app.add_option("--profanity", options.profanity, "keep, mask or drop (default: keep)")
      ->type_name("MODE");
  app.add_option(
         "--style", options.style,
         fmt::format("Layout rules: {} (default: netflix)", fmt::join(layout_styles(), ", ")))
      ->type_name("NAME");
}

Status check_speech_options(SpeechOptions& options) {
  if (options.language != "auto" && !is_known_language(options.language)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "--language: '{}' is not a language; write auto, en, es, pt-BR, …",
                      options.language);
  }
  std::vector<std::string> unique;
  for (const auto& language : options.translate) {
    if (!is_known_language(language)) {
      return make_error(ErrorCode::kInvalidArgument,
                        "--translate: '{}' is not a language; write en, es, pt-BR, …", language);
    }
    if (std::ranges::find(unique, language) == unique.end()) unique.push_back(language);
  }
  options.translate = unique;
  if (const auto rules = layout_rules(options.style, "en"); !rules) {
    return make_error(rules.error().code, "--style: {}", rules.error().message);
  }
  if (const auto mode = parse_profanity_mode(options.profanity); !mode) {
    return make_error(mode.error().code, "--profanity: {}", mode.error().message);
  }
  return ok();
}

}  // namespace subtide
