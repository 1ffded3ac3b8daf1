#include "engine/config/graph_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

constexpr std::size_t kGraphFileLimit = 1 << 20;
void replace_all(std::string& text, std::string_view mark, const std::string& with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) {
    text.replace(at, mark.size(), with);
  }
}

std::string with_index(std::string text, std::size_t index, std::size_t inner) {
  replace_all(text, "{index}", std::to_string(index));
  replace_all(text, "{number}", std::to_string(index + 1));
  replace_all(text, "{inner}", std::to_string(inner));
  return text;
}

}  // namespace

std::string_view to_string(ParameterType type) {
  switch (type) {
    case ParameterType::kString:
      return "string";
    case ParameterType::kInteger:
      return "integer";
    case ParameterType::kNumber:
      return "number";
    case ParameterType::kBoolean:
      return "boolean";
    case ParameterType::kStrings:
      return "strings";
  }
  return "unknown";
}

ParameterType type_of(const ParameterValue& value) {
  struct Visitor {
    ParameterType operator()(const std::string&) const { return ParameterType::kString; }
    ParameterType operator()(std::int64_t) const { return ParameterType::kInteger; }
    ParameterType operator()(double) const { return ParameterType::kNumber; }
    ParameterType operator()(bool) const { return ParameterType::kBoolean; }
    ParameterType operator()(const std::vector<std::string>&) const {
      return ParameterType::kStrings;
    }
  };
  return std::visit(Visitor{}, value);
}

Result<GraphSpec> GraphSpec::load(const std::filesystem::path& path) {
  auto bytes = read_file(path, kGraphFileLimit);
  if (!bytes) return bytes.error();
  return parse(*bytes, path.filename().string());
}

Status GraphSpec::check_values(const ParameterValues& values) const {
  for (const auto& [name, value] : values) {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const GraphParameter& p) { return p.name == name; });
    if (found == parameters_.end()) {
      std::vector<std::string_view> names;
      for (const auto& parameter : parameters_) names.push_back(parameter.name);
      return make_error(ErrorCode::kInvalidArgument, "{} has no parameter '{}'; it has: {}", name_,
                        name, fmt::join(names, ", "));
    }
    if (type_of(value) != found->type) {
      return make_error(ErrorCode::kInvalidArgument, "{}: parameter '{}' is of type {}, not {}",
                        name_, name, to_string(found->type), to_string(type_of(value)));
    }
  }
  return ok();
}

std::optional<ParameterValue> GraphSpec::value_of(const ParameterValues& values,
                                                  const std::string& name) const {
  if (const auto given = values.find(name); given != values.end()) return given->second;
  for (const auto& parameter : parameters_) {
    if (parameter.name == name) return parameter.default_value;
  }
  return std::nullopt;
}

std::string GraphSpec::launch_of(const Block& block, const ParameterValues& values) const {
  std::vector<std::string_view> lines;
  for (const Line& line : block.launch) {
    const bool is_there = line.condition.empty() || !items_of(values, line.condition).empty();
    if (is_there) lines.push_back(line.text);
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void GraphSpec::bind_once(const Block& block, const ParameterValues& values,
                          const std::optional<Item>& item, BoundGraph& bound) const {
  const std::size_t index = item ? item->index : 0;
  const std::size_t inner = item ? item->inner : 0;
  bound.launch += with_index(launch_of(block, values), index, inner) + "\n";
  for (const auto& assignment : block.assignments) {
    std::optional<ParameterValue> value;
    if (const auto* literal = std::get_if<ParameterValue>(&assignment.source)) value = *literal;
    if (const auto* from = std::get_if<FromParameter>(&assignment.source)) {
      value = value_of(values, from->parameter);
    }
    if (item && std::holds_alternative<FromItem>(assignment.source)) value = item->value;
    if (!value) continue;
    bound.settings.push_back({with_index(assignment.element, index, inner),
                              with_index(assignment.property, index, inner), *std::move(value)});
  }
}

std::vector<std::string> GraphSpec::items_of(const ParameterValues& values,
                                             const std::string& name) const {
  const auto items = value_of(values, name).value_or(std::vector<std::string>{});
  return std::get<std::vector<std::string>>(items);
}

Result<BoundGraph> GraphSpec::bind(const ParameterValues& values) const {
  if (auto checked = check_values(values); !checked) return checked.error();
  BoundGraph bound;
  for (const auto& block : blocks_) {
    if (block.over.empty()) {
      bind_once(block, values, std::nullopt, bound);
      continue;
    }
    const std::size_t pairs = block.inner.empty() ? 1 : items_of(values, block.inner).size();
    std::size_t index = 0;
    for (const auto& value : items_of(values, block.over)) {
      for (std::size_t inner = 0; inner < pairs; ++inner) {
        bind_once(block, values, Item{index, value, inner}, bound);
      }
      ++index;
    }
  }
  return bound;
}

}  // namespace subtide
