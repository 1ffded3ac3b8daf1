#include "engine/pipeline/recognition_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

/// Names, and how much is done at once: they change nothing in the text.
constexpr std::array<std::string_view, 3> kWithoutEffect = {"name", "parent", "lanes"};

std::string_view factory_name(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory == nullptr ? std::string_view() : GST_OBJECT_NAME(factory);
}

using PadVisit = std::function<void(GstPad*)>;

gboolean visit_pad(GstElement*, GstPad* pad, gpointer visit) {
  (*static_cast<PadVisit*>(visit))(pad);
  return TRUE;
}

/// The element that a pad is linked to; null for none, and for the bin's own border.
ElementPtr neighbour(GstPad* pad) {
  const PadPtr peer(gst_pad_get_peer(pad));
  if (!peer) return nullptr;
  ElementPtr parent(gst_pad_get_parent_element(peer.get()));
  if (parent && factory_name(parent.get()).empty()) return nullptr;
  return parent;
}

bool holds(const std::vector<ElementPtr>& elements, GstElement* element) {
  return std::ranges::any_of(elements, [&](const auto& each) { return each.get() == element; });
}

std::vector<ElementPtr> all_before(GstElement* last) {
  std::vector<ElementPtr> found;
  found.push_back(own_object(last));
  for (std::size_t i = 0; i < found.size(); ++i) {
    PadVisit visit = [&](GstPad* pad) {
      ElementPtr before = neighbour(pad);
      if (before && !holds(found, before.get())) found.push_back(std::move(before));
    };
    gst_element_foreach_sink_pad(found[i].get(), visit_pad, &visit);
  }
  return found;
}

/// Whether what all but the recogniser give stays among them.
bool is_closed(const std::vector<ElementPtr>& elements, GstElement* recognizer) {
  bool is_closed = true;
  PadVisit visit = [&](GstPad* pad) {
    const ElementPtr next = neighbour(pad);
    if (next && !holds(elements, next.get())) is_closed = false;
  };
  for (const auto& element : elements) {
    if (element.get() == recognizer) continue;
    gst_element_foreach_src_pad(element.get(), visit_pad, &visit);
  }
  return is_closed;
}

void describe(GObject* object, GParamSpec* spec, std::string& text) {
  const bool is_setting =
      (spec->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE && !G_IS_PARAM_SPEC_OBJECT(spec);
  const std::string_view name = spec->name;
  if (!is_setting || std::ranges::find(kWithoutEffect, name) != kWithoutEffect.end()) return;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  g_object_get_property(object, spec->name, &value);
  if (g_param_value_defaults(spec, &value) == FALSE) {
    const TextPtr shown(gst_value_serialize(&value));
    text += fmt::format(" {}={}", name, shown ? shown.get() : "?");
  }
  g_value_unset(&value);
}

std::string describe(const std::vector<ElementPtr>& elements) {
  std::string text;
  for (const auto& element : elements) {
    text += factory_name(element.get());
    guint count = 0;
    GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element.get()), &count);
    for (guint i = 0; i < count; ++i) describe(G_OBJECT(element.get()), specs[i], text);
    g_free(specs);
    text += "\n";
  }
  return text;
}

}  // namespace

std::vector<ElementPtr> elements_of(GstBin* bin, std::string_view factory) {
  std::vector<ElementPtr> found;
  const GstPtr<GstIterator> all(gst_bin_iterate_recurse(bin));
  std::pair<std::vector<ElementPtr>&, std::string_view> wanted{found, factory};
  gst_iterator_foreach(
      all.get(),
      [](const GValue* item, gpointer data) {
        auto& [list, name] = *static_cast<decltype(wanted)*>(data);
        auto* element = GST_ELEMENT(g_value_get_object(item));
        if (factory_name(element) == name) list.push_back(own_object(element));
      },
      &wanted);
  return found;
}

std::optional<RecognitionPart> find_recognition(GstBin* bin) {
  auto recognizers = elements_of(bin, "tidetranscribe");
  if (recognizers.size() != 1) return std::nullopt;
  RecognitionPart part;
  part.recognizer = std::move(recognizers.front());
  part.elements = all_before(part.recognizer.get());
  if (!is_closed(part.elements, part.recognizer.get())) return std::nullopt;
  part.settings = describe(part.elements);
  return part;
}

PadPtr cut_off(GstBin* bin, const RecognitionPart& part) {
  const PadPtr border(gst_element_get_static_pad(GST_ELEMENT(bin), "sink"));
  if (border) gst_element_remove_pad(GST_ELEMENT(bin), border.get());
  const PadPtr text(gst_element_get_static_pad(part.recognizer.get(), "src"));
  PadPtr after(gst_pad_get_peer(text.get()));
  for (const auto& element : part.elements) gst_bin_remove(bin, element.get());
  return after;
}

}  // namespace subtide
