#include "engine/app/graph_values.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace subtide {
namespace {

class Offer {
 public:
  explicit Offer(const GraphSpec& graph) : graph_(graph) {}

  void give(const char* name, const std::string& value, bool is_asked_for) {
    if (has(name, is_asked_for)) values_.emplace(name, value);
  }
  void give(const char* name, bool value, bool is_asked_for) {
    if (has(name, is_asked_for)) values_.emplace(name, value);
  }
  void give(const char* name, std::int64_t value, bool is_asked_for) {
    if (has(name, is_asked_for)) values_.emplace(name, value);
  }
  /// A graph may take a list as one text, with commas.
  void give(const char* name, const std::vector<std::string>& value, bool is_asked_for) {
    if (!has(name, is_asked_for)) return;
    if (find(name)->type == ParameterType::kString) {
      values_.emplace(name, fmt::format("{}", fmt::join(value, ",")));
    } else {
      values_.emplace(name, value);
    }
  }

  Result<ParameterValues> take() {
    if (error_) return *error_;
    return std::move(values_);
  }

 private:
  const GraphParameter* find(std::string_view name) const {
    const auto& known = graph_.parameters();
    const auto found = std::ranges::find(known, name, &GraphParameter::name);
    return found == known.end() ? nullptr : &*found;
  }

  bool has(const char* name, bool is_asked_for) {
    if (find(name) != nullptr) return true;
    if (is_asked_for && !error_) {
      error_ = make_error(ErrorCode::kInvalidArgument, "{}: this graph has no parameter '{}'",
                          graph_.name(), name);
    }
    return false;
  }

  const GraphSpec& graph_;
  ParameterValues values_;
  std::optional<Error> error_;
};

std::vector<std::string> format_names(const std::vector<SidecarFormat>& formats) {
  std::vector<std::string> names;
  for (const auto format : formats) names.emplace_back(to_string(format));
  return names;
}

}  // namespace

Result<ParameterValues> graph_values(const GraphSpec& graph, const SubtitleOptions& options,
                                     const OutputNames& names) {
  Offer offer(graph);
  offer.give("location", (names.folder / names.stem).string(), true);
  offer.give("formats", format_names(options.formats), true);
  offer.give("force", options.force, options.force);
  offer.give("language", options.language, options.language != "auto");
  offer.give("translate", options.translate, !options.translate.empty());
  offer.give("recognizer", options.recognizer, options.recognizer != "auto");
  offer.give("translator", options.translator, options.translator != "auto");
  offer.give("detector", options.detector, options.detector != "auto");
  offer.give("style", options.style, options.style != "netflix");
  offer.give("profanity", options.profanity, options.profanity != "keep");
  if (options.glossary) offer.give("glossary", options.glossary->string(), true);
  if (!options.lanes && options.workers > 0) {
    // Lanes only wait for workers then: one more than there are, so that none waits for a window.
    offer.give("lanes", std::int64_t{std::min(options.workers + 1, 64)}, true);
  }
  if (options.lanes) offer.give("lanes", std::int64_t{*options.lanes}, true);
  return offer.take();
}

}  // namespace subtide
