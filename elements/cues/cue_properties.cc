#include "elements/cues/cue_properties.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

/// How often a live stream tells how far it has come.
constexpr MediaDuration kEdgeStep = std::chrono::milliseconds(250);
constexpr MediaDuration kLongestDelay = std::chrono::minutes(10);

enum : guint { kStyle = 1, kProfanity, kGlossary, kLineEnd, kMaxDelay, kFirstNumber, kFirstRule };

GType line_end_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(LineEnd::kAuto), "A newline where the peer takes any caps", "auto"},
        {static_cast<gint>(LineEnd::kNone), "Nothing", "none"},
        {static_cast<gint>(LineEnd::kNewline), "A newline", "newline"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("TideCuesLineEnd", values);
  }();
  return type;
}

GType profanity_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(ProfanityMode::kKeep), "As it was said", "keep"},
        {static_cast<gint>(ProfanityMode::kMask), "Letters after the first as asterisks", "mask"},
        {static_cast<gint>(ProfanityMode::kDrop), "Left out", "drop"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("TideCuesProfanity", values);
  }();
  return type;
}

/// The rules as far as they can be told before the language of the words is known.
LayoutRules known_rules(const CueSettings& settings) {
  auto style = layout_rules(settings.stream.style, "en");
  return apply_overrides(style ? std::move(*style) : LayoutRules(), settings.stream.overrides);
}

GParamSpec* rule_spec(const RuleProperty& rule) {
  const RuleValue standard = read_rule(LayoutRules(), rule);
  if (const auto* number = std::get_if<int>(&standard)) {
    return g_param_spec_int(rule.name, rule.title, rule.description, static_cast<int>(rule.minimum),
                            static_cast<int>(rule.maximum), *number, kFlags);
  }
  if (const auto* number = std::get_if<double>(&standard)) {
    return g_param_spec_double(rule.name, rule.title, rule.description, rule.minimum, rule.maximum,
                               *number, kFlags);
  }
  const auto time = std::get<MediaDuration>(standard);
  return g_param_spec_uint64(rule.name, rule.title, rule.description,
                             static_cast<guint64>(rule.minimum), static_cast<guint64>(rule.maximum),
                             static_cast<guint64>(time.count()), kFlags);
}

RuleValue to_rule_value(const GValue* value) {
  if (G_VALUE_HOLDS_INT(value)) return g_value_get_int(value);
  if (G_VALUE_HOLDS_DOUBLE(value)) return g_value_get_double(value);
  return MediaDuration(static_cast<MediaDuration::rep>(g_value_get_uint64(value)));
}

void from_rule_value(const RuleValue& rule, GValue* value) {
  if (const auto* number = std::get_if<int>(&rule)) {
    g_value_set_int(value, *number);
  } else if (const auto* real = std::get_if<double>(&rule)) {
    g_value_set_double(value, *real);
  } else {
    g_value_set_uint64(value, static_cast<guint64>(std::get<MediaDuration>(rule).count()));
  }
}

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

bool is_rule(guint id) { return id >= kFirstRule && id - kFirstRule < rule_properties().size(); }

}  // namespace

void install_cue_properties(GObjectClass* object_class) {
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kStyle, g_param_spec_string("style", "Style",
                                      "Name of the rules to lay out by: netflix, bbc, children or "
                                      "cea608; rules set apart win over it",
                                      "netflix", kFlags));
  install(kProfanity,
          g_param_spec_enum("profanity", "Profanity", "What becomes of swear words (a choice)",
                            profanity_type(), static_cast<gint>(ProfanityMode::kKeep), kFlags));
  install(kGlossary, g_param_spec_string("glossary", "Glossary",
                                         "Path of a JSON file with forced spellings; empty: none",
                                         "", kFlags));
  install(kLineEnd,
          g_param_spec_enum("line-end", "Line end",
                            "What ends the text of each buffer (a choice); auto is a newline where "
                            "the peer takes any caps, such as a file",
                            line_end_type(), static_cast<gint>(LineEnd::kAuto), kFlags));
  install(kMaxDelay,
          g_param_spec_uint64("max-delay", "Longest delay",
                              "Live: a word is held this long after it was said, and no longer "
                              "(nanoseconds); 0: as for a file",
                              0, static_cast<guint64>(kLongestDelay.count()),
                              static_cast<guint64>(CueSettings().max_delay.count()), kFlags));
  install(kFirstNumber, g_param_spec_uint64("first-number", "First number",
                                            "Number of the first cue, which is its id", 1,
                                            G_MAXUINT32, 1, kFlags));
  guint id = kFirstRule;
  for (const RuleProperty& rule : rule_properties()) install(id++, rule_spec(rule));
}

bool set_cue_property(CueSettings& settings, guint id, const GValue* value) {
  if (is_rule(id)) {
    settings.stream.overrides[id - kFirstRule] = to_rule_value(value);
    return true;
  }
  switch (id) {
    case kStyle:
      settings.stream.style = text_of(value);
      return true;
    case kProfanity:
      settings.stream.profanity = static_cast<ProfanityMode>(g_value_get_enum(value));
      return true;
    case kGlossary:
      settings.stream.glossary = text_of(value);
      return true;
    case kLineEnd:
      settings.line_end = static_cast<LineEnd>(g_value_get_enum(value));
      return true;
    case kFirstNumber:
      settings.stream.first_number = g_value_get_uint64(value);
      return true;
    case kMaxDelay:
      settings.max_delay = MediaDuration(static_cast<std::int64_t>(g_value_get_uint64(value)));
      return true;
    default:
      return false;
  }
}

bool get_cue_property(const CueSettings& settings, guint id, GValue* value) {
  if (is_rule(id)) {
    from_rule_value(read_rule(known_rules(settings), rule_properties()[id - kFirstRule]), value);
    return true;
  }
  switch (id) {
    case kStyle:
      g_value_set_string(value, settings.stream.style.c_str());
      return true;
    case kProfanity:
      g_value_set_enum(value, static_cast<gint>(settings.stream.profanity));
      return true;
    case kGlossary:
      g_value_set_string(value, settings.stream.glossary.c_str());
      return true;
    case kLineEnd:
      g_value_set_enum(value, static_cast<gint>(settings.line_end));
      return true;
    case kFirstNumber:
      g_value_set_uint64(value, settings.stream.first_number);
      return true;
    case kMaxDelay:
      g_value_set_uint64(value, static_cast<guint64>(settings.max_delay.count()));
      return true;
    default:
      return false;
  }
}

MediaDuration cue_delay(const CueSettings& settings) {
  const LayoutRules rules = known_rules(settings);
  const MediaDuration complete = rules.maximum_duration + rules.maximum_silence;
  return settings.max_delay == MediaDuration(0)
             ? complete
             : std::min(complete, settings.max_delay + kEdgeStep);
}

}  // namespace subtide
