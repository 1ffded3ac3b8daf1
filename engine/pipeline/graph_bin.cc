#include "engine/pipeline/graph_bin.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

/// A GValue that is cleared with its scope.
class ScopedValue {
 public:
  ScopedValue() = default;
  ~ScopedValue() {
    if (G_IS_VALUE(&value_)) g_value_unset(&value_);
  }
  ScopedValue(const ScopedValue&) = delete;
  ScopedValue& operator=(const ScopedValue&) = delete;
  GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

std::string to_text(const ParameterValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
          return fmt::format("{}", fmt::join(held, ","));
        } else {
          return fmt::format("{}", held);
        }
      },
      value);
}

void fill(GValue* target, const ParameterValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    g_value_init(target, G_TYPE_INT64);
    g_value_set_int64(target, *number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    g_value_init(target, G_TYPE_DOUBLE);
    g_value_set_double(target, *real);
  } else if (const auto* claim = std::get_if<bool>(&value)) {
    g_value_init(target, G_TYPE_BOOLEAN);
    g_value_set_boolean(target, *claim ? TRUE : FALSE);
  } else {
    g_value_init(target, G_TYPE_STRING);
    g_value_set_string(target, to_text(value).c_str());
  }
}

/// Turns `given` into the property's type; texts also into choices by their name.
bool convert(const GParamSpec* spec, const GValue* given, GValue* converted) {
  g_value_init(converted, spec->value_type);
  if (G_VALUE_HOLDS_STRING(given) && spec->value_type != G_TYPE_STRING) {
    return gst_value_deserialize(converted, g_value_get_string(given)) != FALSE;
  }
  if (g_value_transform(given, converted) == FALSE) return false;
  if (!G_VALUE_HOLDS_INT64(given)) return true;
  // GLib cuts numbers that do not fit; one that comes back as another did not.
  ScopedValue back;
  g_value_init(back.get(), G_TYPE_INT64);
  return g_value_transform(converted, back.get()) != FALSE &&
         g_value_get_int64(back.get()) == g_value_get_int64(given);
}

Error refused(GObject* object, const std::string& name, const ParameterValue& value) {
  return make_error(ErrorCode::kInvalidArgument, "'{}' of {} cannot be '{}'; see gst-inspect-1.0",
                    name, G_OBJECT_TYPE_NAME(object), to_text(value));
}

Status apply(GstBin* bin, const PropertySetting& setting) {
  const ElementPtr element(gst_bin_get_by_name(bin, setting.element.c_str()));
  if (!element) {
    return make_error(ErrorCode::kInvalidArgument, "there is no element '{}'", setting.element);
  }
  const auto dot = setting.property.find('.');
  if (dot == std::string::npos) {
    return set_property(G_OBJECT(element.get()), setting.property, setting.value);
  }
  const auto pad_name = setting.property.substr(0, dot);
  const PadPtr pad(gst_element_get_static_pad(element.get(), pad_name.c_str()));
  if (!pad) {
    return make_error(ErrorCode::kInvalidArgument, "element '{}' has no pad '{}'", setting.element,
                      pad_name);
  }
  return set_property(G_OBJECT(pad.get()), setting.property.substr(dot + 1), setting.value);
}

/// What our own elements are told of the input, before the graph's own settings.
std::vector<PropertySetting> media_settings(const MediaInformation& media, MediaDuration offset) {
  std::vector<PropertySetting> settings = {
      {"", "time-zero", std::int64_t{(media.time_zero - offset).count()}},
      {"", "media-name", media.name},
      {"", "frame-rate", media.frame_rate_or_default()}};
  if (media.duration) {
    settings.push_back({"", "media-duration", std::int64_t{media.duration->count()}});
  }
  return settings;
}

bool is_ours(GstElement* element) {
  const GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr) return false;
  const std::string_view name = GST_OBJECT_NAME(const_cast<GstElementFactory*>(factory));
  return name.starts_with("tide");
}

std::vector<ElementPtr> our_elements(GstBin* bin) {
  std::vector<ElementPtr> found;
  const GstPtr<GstIterator> all(gst_bin_iterate_recurse(bin));
  // The bin is not running yet, so nothing disturbs the iteration.
  gst_iterator_foreach(
      all.get(),
      [](const GValue* item, gpointer data) {
        auto* element = GST_ELEMENT(g_value_get_object(item));
        if (is_ours(element)) {
          static_cast<std::vector<ElementPtr>*>(data)->push_back(own_object(element));
        }
      },
      &found);
  return found;
}

Status tell_media(GstBin* bin, const MediaInformation& media, MediaDuration offset) {
  for (const auto& element : our_elements(bin)) {
    for (const auto& setting : media_settings(media, offset)) {
      GObject* object = G_OBJECT(element.get());
      if (!g_object_class_find_property(G_OBJECT_GET_CLASS(object), setting.property.c_str())) {
        continue;
      }
      if (auto set = set_property(object, setting.property, setting.value); !set) return set;
    }
  }
  return ok();
}

Result<ElementPtr> parse(const std::string& launch) {
  GError* failure = nullptr;
  GstElement* bin = gst_parse_launch_full(
      launch.c_str(), nullptr,
      static_cast<GstParseFlags>(GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_PLACE_IN_BIN),
      &failure);
  const ErrorPtr error(failure);
  if (bin == nullptr || error) {
    if (bin != nullptr) gst_object_unref(gst_object_ref_sink(bin));
    return make_error(ErrorCode::kBadInput, "{}", error ? error->message : "no elements");
  }
  return own_object(bin);
}

/// The sink pad of the element, or of the first of those that are linked before it.
PadPtr first_sink_pad(GstElement* element) {
  PadPtr sink(gst_element_get_static_pad(element, "sink"));
  while (sink) {
    const PadPtr before(gst_pad_get_peer(sink.get()));
    if (!before) break;
    const ElementPtr parent(gst_pad_get_parent_element(before.get()));
    sink.reset(parent ? gst_element_get_static_pad(parent.get(), "sink") : nullptr);
  }
  return sink;
}

/// The element `name` takes what comes by the bin's pad `pad`.
Status open_entry(GstBin* bin, const std::string& name, const std::string& pad) {
  const ElementPtr source(gst_bin_get_by_name(bin, name.c_str()));
  const PadPtr sink = source ? first_sink_pad(source.get()) : nullptr;
  if (!sink) {
    return make_error(ErrorCode::kBadInput, "needs an element named '{}' whose sink pad is free",
                      name);
  }
  gst_element_add_pad(GST_ELEMENT(bin), gst_ghost_pad_new(pad.c_str(), sink.get()));
  return ok();
}

Status apply_all(GstBin* bin, const std::vector<PropertySetting>& settings) {
  for (const auto& setting : settings) {
    if (auto set = apply(bin, setting); !set) return set;
  }
  return ok();
}

Error in_graph(const GraphSpec& graph, const Error& error) {
  return make_error(error.code, "graph {}: {}", graph.name(), error.message);
}

/// Parsed, told of the media, and with its own settings.
Result<ElementPtr> make_told_bin(const GraphSpec& graph, const ParameterValues& values,
                                 const MediaInformation& media, MediaDuration time_offset) {
  const auto bound = graph.bind(values);
  if (!bound) return bound.error();
  auto bin = parse(bound->launch);
  if (!bin) return in_graph(graph, bin.error());
  if (auto told = tell_media(GST_BIN(bin->get()), media, time_offset); !told) {
    return in_graph(graph, told.error());
  }
  if (auto set = apply_all(GST_BIN(bin->get()), bound->settings); !set) {
    return in_graph(graph, set.error());
  }
  return bin;
}

/// Those of a graph that takes several streams of a file.
std::vector<std::string> entry_names(GstBin* bin) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    const ElementPtr element(gst_bin_get_by_name(bin, name.c_str()));
    if (element) names.push_back(name);
    return element != nullptr;
  };
  add("video");
  add("speech");
  for (int index = 0; add(fmt::format("audio_{}", index)); ++index) {
  }
  return names;
}

}  // namespace

Status set_property(GObject* object, const std::string& name, const ParameterValue& value) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(object), name.c_str());
  if (spec == nullptr || (spec->flags & G_PARAM_WRITABLE) == 0) {
    return make_error(ErrorCode::kInvalidArgument, "{} has no property '{}'",
                      G_OBJECT_TYPE_NAME(object), name);
  }
  ScopedValue given;
  ScopedValue converted;
  fill(given.get(), value);
  if (!convert(spec, given.get(), converted.get())) return refused(object, name, value);
  // Validation changes what is out of range, and says so.
  if (g_param_value_validate(spec, converted.get()) != FALSE) return refused(object, name, value);
  g_object_set_property(object, name.c_str(), converted.get());
  return ok();
}

Result<ElementPtr> make_graph_bin(const GraphSpec& graph, const ParameterValues& values,
                                  const MediaInformation& media, MediaDuration time_offset) {
  auto bin = make_told_bin(graph, values, media, time_offset);
  if (!bin) return bin.error();
  if (auto opened = open_entry(GST_BIN(bin->get()), "source", "sink"); !opened) {
    return in_graph(graph, opened.error());
  }
  return bin;
}

Result<GraphWithEntries> make_graph_bin_with_entries(const GraphSpec& graph,
                                                     const ParameterValues& values,
                                                     const MediaInformation& media) {
  auto bin = make_told_bin(graph, values, media, MediaDuration(0));
  if (!bin) return bin.error();
  GraphWithEntries made{*std::move(bin), {}};
  for (std::string& name : entry_names(GST_BIN(made.bin.get()))) {
    if (auto opened = open_entry(GST_BIN(made.bin.get()), name, name); !opened) {
      return in_graph(graph, opened.error());
    }
    made.entries.push_back(std::move(name));
  }
  return made;
}

Result<ElementPtr> make_live_graph_bin(const GraphSpec& graph, const ParameterValues& values,
                                       std::span<const std::string> entries) {
  const auto bound = graph.bind(values);
  if (!bound) return bound.error();
  auto bin = parse(bound->launch);
  if (!bin) return in_graph(graph, bin.error());
  if (auto set = apply_all(GST_BIN(bin->get()), bound->settings); !set) {
    return in_graph(graph, set.error());
  }
  for (const auto& entry : entries) {
    if (auto opened = open_entry(GST_BIN(bin->get()), entry, entry); !opened) {
      return in_graph(graph, opened.error());
    }
  }
  return bin;
}

}  // namespace subtide
