#include "models/model_spec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace subtide {
namespace {

enum class Rest { kNone, kOptional, kNeeded };

enum class Commas { kEndRung, kMayBePart };  // in what follows the ':'

struct Adapter {
  std::string_view name;
  Rest rest;
  std::string_view example;
  Commas commas = Commas::kEndRung;
};

constexpr std::array kAdapters{
    Adapter{"auto", Rest::kNone, "auto"},
    Adapter{"silero", Rest::kOptional, "silero"},
    Adapter{"energy", Rest::kNone, "energy"},
    Adapter{"whisper", Rest::kNeeded, "whisper:base.en"},
    Adapter{"pocketsphinx", Rest::kNone, "pocketsphinx"},
    Adapter{"openai-chat", Rest::kNeeded, "openai-chat:http://localhost:8080#model",
            Commas::kMayBePart},
    Adapter{"openai", Rest::kNeeded, "openai:http://localhost:8080", Commas::kMayBePart},
    Adapter{"apertium", Rest::kNone, "apertium"},
    Adapter{"libretranslate", Rest::kNeeded, "libretranslate:http://localhost:5000",
            Commas::kMayBePart},
    Adapter{"fake", Rest::kOptional, "fake:", Commas::kMayBePart},
};

const Adapter* find_adapter(std::string_view name) {
  const auto found = std::find_if(kAdapters.begin(), kAdapters.end(),
                                  [name](const Adapter& adapter) { return adapter.name == name; });
  return found == kAdapters.end() ? nullptr : found;
}

std::string_view name_at(std::string_view text) { return text.substr(0, text.find_first_of(":,")); }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Where the rung that starts `text` ends. In JSON no comma counts.
std::size_t end_of_rung(std::string_view text) {
  const Adapter* adapter = find_adapter(name_at(trimmed(text)));
  const bool may_hold_commas = adapter != nullptr && adapter->commas == Commas::kMayBePart;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == '}' || text[i] == ']') --depth;
    if (text[i] != ',' || depth > 0) continue;
    if (!may_hold_commas || find_adapter(name_at(trimmed(text.substr(i + 1)))) != nullptr) return i;
  }
  return text.size();
}

std::string all_names() {
  std::string names;
  for (const auto& adapter : kAdapters)
    names += (names.empty() ? "" : ", ") + std::string(adapter.name);
  return names;
}

Result<ModelSpec> parse_one(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  ModelSpec spec{std::string(text.substr(0, colon)),
                 std::string(text.substr(std::min(colon + 1, text.size()))), std::string(text)};
  const Adapter* adapter = find_adapter(spec.adapter);
  if (adapter == nullptr) {
    return make_error(ErrorCode::kInvalidArgument, "there is no model '{}'; there are: {}",
                      spec.adapter, all_names());
  }
  const bool is_missing = adapter->rest == Rest::kNeeded && spec.rest.empty();
  const bool is_too_much = adapter->rest == Rest::kNone && colon != text.size();
  if (is_missing || is_too_much) {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' is not complete or has too much; write: {}", spec.adapter,
                      adapter->example);
  }
  return spec;
}

}  // namespace

Result<std::vector<ModelSpec>> parse_model_ladder(std::string_view text) {
  std::vector<ModelSpec> rungs;
  std::string_view left = text;
  while (true) {
    const auto end = end_of_rung(left);
    auto spec = parse_one(trimmed(left.substr(0, end)));
    if (!spec) return std::move(spec.error());
    rungs.push_back(std::move(*spec));
    if (end == left.size()) return rungs;
    left.remove_prefix(end + 1);
  }
}

ServerSpec split_server_spec(std::string_view rest) {
  const auto hash = rest.rfind('#');
  if (hash == std::string_view::npos) return {std::string(rest), ""};
  return {std::string(rest.substr(0, hash)), std::string(rest.substr(hash + 1))};
}

}  // namespace subtide
