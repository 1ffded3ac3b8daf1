#include "elements/translate/translate_properties.h"

#include <utility>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr guint kMostLanes = 64;
constexpr guint kMostSentences = 64;
constexpr std::size_t kLargestGlossary = 4 * 1024 * 1024;

enum : guint {
  kTranslator = 1,
  kSourceLanguage,
  kTargetLanguage,
  kGlossary,
  kLanes,
  kBatch,
  kOnFailure,
  kMaxDelay
};

constexpr MediaDuration kLongestDelay = std::chrono::minutes(10);

GType on_failure_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(OnFailure::kGap), "Nothing, and a gap is told", "gap"},
        {static_cast<gint>(OnFailure::kSource), "The source text in square brackets", "source"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("TideTranslateOnFailure", values);
  }();
  return type;
}

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

Result<Glossary> read_glossary(const std::string& path) {
  if (path.empty()) return Glossary();
  const auto text = read_file(path, kLargestGlossary);
  if (!text) return text.error();
  return parse_glossary(*text, path);
}

ModelOptions model_options(const TranslateSettings& settings) {
  ModelOptions options;
  options.lanes = static_cast<int>(settings.lanes);
  options.language = settings.source_language;
  options.target_language = settings.target_language;
  return options;
}

}  // namespace

void install_translate_properties(GObjectClass* object_class) {
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kTranslator,
          g_param_spec_string("translator", "Translator",
                              "Model to translate with, such as apertium or libretranslate:URL; "
                              "auto: the best that is installed",
                              "auto", kFlags));
  install(kSourceLanguage,
          g_param_spec_string("source-language", "Source language",
                              "Language of the text (a BCP 47 tag); auto: as the text says", "auto",
                              kFlags));
  install(
      kTargetLanguage,
      g_param_spec_string("target-language", "Target language",
                          "Language to translate into (a BCP 47 tag); must be set", "", kFlags));
  install(kGlossary, g_param_spec_string("glossary", "Glossary",
                                         "Path of a JSON file with forced translations; empty: "
                                         "none",
                                         "", kFlags));
  install(kLanes, g_param_spec_uint("lanes", "Lanes", "Most calls of the model at once (count)", 1,
                                    kMostLanes, 1, kFlags));
  install(kBatch, g_param_spec_uint("batch", "Batch", "Most sentences in one call (count)", 1,
                                    kMostSentences, 1, kFlags));
  install(kOnFailure,
          g_param_spec_enum("on-failure", "On failure",
                            "What stands for a sentence that cannot be translated (a choice)",
                            on_failure_type(), static_cast<gint>(OnFailure::kGap), kFlags));
  install(kMaxDelay,
          g_param_spec_uint64("max-delay", "Longest delay",
                              "Live: a sentence that is not complete this long after its first "
                              "word is cut at its best place (nanoseconds); 0: as for a file",
                              0, static_cast<guint64>(kLongestDelay.count()),
                              static_cast<guint64>(TranslateSettings().max_delay.count()), kFlags));
}

bool set_translate_property(TranslateSettings& settings, guint id, const GValue* value) {
  switch (id) {
    case kTranslator:
      settings.translator = text_of(value);
      return true;
    case kSourceLanguage:
      settings.source_language = text_of(value);
      return true;
    case kTargetLanguage:
      settings.target_language = text_of(value);
      return true;
    case kGlossary:
      settings.glossary = text_of(value);
      return true;
    case kLanes:
      settings.lanes = g_value_get_uint(value);
      return true;
    case kBatch:
      settings.batch = g_value_get_uint(value);
      return true;
    case kOnFailure:
      settings.on_failure = static_cast<OnFailure>(g_value_get_enum(value));
      return true;
    case kMaxDelay:
      settings.max_delay = MediaDuration(static_cast<std::int64_t>(g_value_get_uint64(value)));
      return true;
    default:
      return false;
  }
}

bool get_translate_property(const TranslateSettings& settings, guint id, GValue* value) {
  switch (id) {
    case kTranslator:
      g_value_set_string(value, settings.translator.c_str());
      return true;
    case kSourceLanguage:
      g_value_set_string(value, settings.source_language.c_str());
      return true;
    case kTargetLanguage:
      g_value_set_string(value, settings.target_language.c_str());
      return true;
    case kGlossary:
      g_value_set_string(value, settings.glossary.c_str());
      return true;
    case kLanes:
      g_value_set_uint(value, settings.lanes);
      return true;
    case kBatch:
      g_value_set_uint(value, settings.batch);
      return true;
    case kOnFailure:
      g_value_set_enum(value, static_cast<gint>(settings.on_failure));
      return true;
    case kMaxDelay:
      g_value_set_uint64(value, static_cast<guint64>(settings.max_delay.count()));
      return true;
    default:
      return false;
  }
}

Result<std::shared_ptr<SentenceTranslator>> make_sentence_translator(
    const TranslateSettings& settings, ModelProvider* provider) {
  if (settings.target_language.empty()) {
    return make_error(
        ErrorCode::kInvalidArgument,
        "target-language is not set: name the language to translate into, such as es");
  }
  auto glossary = read_glossary(settings.glossary);
  if (!glossary) return glossary.error();
  if (provider == nullptr) {
    return make_error(ErrorCode::kInternal, "tidetranslate was registered without models");
  }
  auto model = provider->translator(settings.translator, model_options(settings));
  if (!model) return model.error();
  SentenceTranslatorOptions options;
  options.source_language = settings.source_language.empty() ? "auto" : settings.source_language;
  options.target_language = settings.target_language;
  options.on_failure = settings.on_failure;
  options.glossary = std::move(*glossary);
  return std::make_shared<SentenceTranslator>(std::move(*model), std::move(options));
}

}  // namespace subtide
