// Graph files are JSON; this is the one file of the folder that reads them.
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/config/graph_spec.h"
#include "engine/config/text_place.h"

namespace subtide {

using Json = nlohmann::ordered_json;

/// Reads one graph file. The first thing wrong throws Mistake, which parse() turns into an Error;
/// nothing leaves this file by exception.
class GraphSpecReader {
 public:
  explicit GraphSpecReader(std::string_view name) { spec_.name_ = name; }

  GraphSpec read(const Json& root);

  struct Mistake {
    std::string field;
    std::string what;
  };

 private:
  using Assignment = GraphSpec::Assignment;
  using Source = decltype(Assignment::source);

  static const Json& object(const Json& value, const std::string& field);
  static void only(const Json& value, const std::string& field,
                   std::initializer_list<std::string_view> keys);
  static const Json& member(const Json& value, const std::string& field, const char* key);
  static std::string text(const Json& value, const std::string& field);
  static std::vector<std::string> texts(const Json& value, const std::string& field);
  static ParameterValue literal(const Json& value, const std::string& field);
  static ParameterValue typed(const Json& value, ParameterType type, const std::string& field);

  void read_parameter(const std::string& name, const Json& value);
  GraphSpec::Block read_block(const Json& value, const std::string& field,
                              std::vector<std::string> over);
  std::vector<GraphSpec::Line> read_launch(const Json& value, const std::string& field);
  std::vector<std::string> read_over(const Json& value, const std::string& field);
  void check_list(const std::string& name, const std::string& field);
  Source read_source(const Json& value, const std::string& field, bool is_repeated);
  const GraphParameter& parameter(const std::string& name, const std::string& field);

  GraphSpec spec_;
};

namespace {

std::string below(const std::string& field, const std::string& key) {
  return field.empty() ? key : field + "." + key;
}

ParameterType parse_type(const std::string& name, const std::string& field) {
  for (const auto type : {ParameterType::kString, ParameterType::kInteger, ParameterType::kNumber,
                          ParameterType::kBoolean, ParameterType::kStrings}) {
    if (to_string(type) == name) return type;
  }
  throw GraphSpecReader::Mistake{
      field, "expected string, integer, number, boolean or strings, found '" + name + "'"};
}

}  // namespace

const Json& GraphSpecReader::object(const Json& value, const std::string& field) {
  if (!value.is_object()) throw Mistake{field, "expected an object"};
  return value;
}

void GraphSpecReader::only(const Json& value, const std::string& field,
                           std::initializer_list<std::string_view> keys) {
  for (const auto& [key, unused] : object(value, field).items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    throw Mistake{below(field, key),
                  fmt::format("unknown field; known: {}", fmt::join(keys, ", "))};
  }
}

const Json& GraphSpecReader::member(const Json& value, const std::string& field, const char* key) {
  const auto found = value.find(key);
  if (found == value.end()) throw Mistake{below(field, key), "missing"};
  return *found;
}

std::string GraphSpecReader::text(const Json& value, const std::string& field) {
  if (!value.is_string()) throw Mistake{field, "expected a string"};
  return value.get<std::string>();
}

std::vector<std::string> GraphSpecReader::texts(const Json& value, const std::string& field) {
  if (!value.is_array()) throw Mistake{field, "expected a list of strings"};
  std::vector<std::string> lines;
  for (const auto& line : value) {
    lines.push_back(text(line, fmt::format("{}[{}]", field, lines.size())));
  }
  return lines;
}

ParameterValue GraphSpecReader::literal(const Json& value, const std::string& field) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_array()) return texts(value, field);
  throw Mistake{field,
                "expected a string, number, boolean, list of strings or {\"parameter\": NAME}"};
}

ParameterValue GraphSpecReader::typed(const Json& value, ParameterType type,
                                      const std::string& field) {
  ParameterValue result = literal(value, field);
  if (type == ParameterType::kNumber && value.is_number()) result = value.get<double>();
  if (type_of(result) == type) return result;
  throw Mistake{field, fmt::format("expected type {}", to_string(type))};
}

void GraphSpecReader::read_parameter(const std::string& name, const Json& value) {
  const std::string field = "parameters." + name;
  only(value, field, {"type", "description", "default"});
  GraphParameter parameter;
  parameter.name = name;
  parameter.type = parse_type(text(member(value, field, "type"), field + ".type"), field + ".type");
  parameter.description = text(member(value, field, "description"), field + ".description");
  const auto given = value.find("default");
  if (given != value.end() && !given->is_null()) {
    parameter.default_value = typed(*given, parameter.type, field + ".default");
  }
  spec_.parameters_.push_back(std::move(parameter));
}

const GraphParameter& GraphSpecReader::parameter(const std::string& name,
                                                 const std::string& field) {
  for (const auto& known : spec_.parameters_) {
    if (known.name == name) return known;
  }
  throw Mistake{field, "no parameter '" + name + "'"};
}

GraphSpecReader::Source GraphSpecReader::read_source(const Json& value, const std::string& field,
                                                     bool is_repeated) {
  if (!value.is_object()) return literal(value, field);
  if (value.contains("item")) {
    only(value, field, {"item"});
    if (!is_repeated) throw Mistake{field, "'item' has a meaning only inside 'repeat'"};
    return GraphSpec::FromItem{};
  }
  only(value, field, {"parameter"});
  const std::string name = text(member(value, field, "parameter"), field + ".parameter");
  return GraphSpec::FromParameter{parameter(name, field + ".parameter").name};
}

std::vector<GraphSpec::Line> GraphSpecReader::read_launch(const Json& value,
                                                          const std::string& field) {
  if (!value.is_array()) throw Mistake{field, "expected a list of lines"};
  std::vector<GraphSpec::Line> lines;
  for (const auto& line : value) {
    const std::string at = fmt::format("{}[{}]", field, lines.size());
    if (!line.is_object()) {
      lines.push_back({text(line, at), ""});
      continue;
    }
    only(line, at, {"if", "launch"});
    std::string condition = text(member(line, at, "if"), at + ".if");
    check_list(condition, at + ".if");
    lines.push_back({text(member(line, at, "launch"), at + ".launch"), std::move(condition)});
  }
  return lines;
}

GraphSpec::Block GraphSpecReader::read_block(const Json& value, const std::string& field,
                                             std::vector<std::string> over) {
  GraphSpec::Block block;
  block.launch = read_launch(member(value, field, "launch"), below(field, "launch"));
  if (!over.empty()) block.over = std::move(over.front());
  if (over.size() > 1) block.inner = std::move(over.back());
  const auto settings = value.find("set");
  if (settings == value.end()) return block;
  for (const auto& [target, source] : object(*settings, below(field, "set")).items()) {
    const std::string at = below(field, "set") + "[\"" + target + "\"]";
    const auto dot = target.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == target.size()) {
      throw Mistake{at, "expected ELEMENT.PROPERTY"};
    }
    block.assignments.push_back({target.substr(0, dot), target.substr(dot + 1),
                                 read_source(source, at, !block.over.empty())});
  }
  return block;
}

/// One list parameter, or two.
std::vector<std::string> GraphSpecReader::read_over(const Json& value, const std::string& field) {
  const auto names = value.is_array() ? texts(value, field) : std::vector{text(value, field)};
  if (names.empty() || names.size() > 2) throw Mistake{field, "expected one parameter or two"};
  for (const auto& name : names) check_list(name, field);
  return names;
}

void GraphSpecReader::check_list(const std::string& name, const std::string& field) {
  if (parameter(name, field).type == ParameterType::kStrings) return;
  throw Mistake{field, "parameter '" + name + "' is not of type strings"};
}

GraphSpec GraphSpecReader::read(const Json& root) {
  only(root, "", {"version", "description", "diagram", "parameters", "launch", "set", "repeat"});
  if (member(root, "", "version") != 1) throw Mistake{"version", "expected 1"};
  spec_.description_ = text(member(root, "", "description"), "description");
  spec_.diagram_ = texts(member(root, "", "diagram"), "diagram");
  if (const auto parameters = root.find("parameters"); parameters != root.end()) {
    for (const auto& [name, value] : object(*parameters, "parameters").items()) {
      read_parameter(name, value);
    }
  }
  spec_.blocks_.push_back(read_block(root, "", {}));
  const auto repeat = root.find("repeat");
  if (repeat == root.end()) return std::move(spec_);
  if (!repeat->is_array()) throw Mistake{"repeat", "expected a list of blocks"};
  for (std::size_t i = 0; i < repeat->size(); ++i) {
    const std::string field = fmt::format("repeat[{}]", i);
    only((*repeat)[i], field, {"over", "launch", "set"});
    auto over = read_over(member((*repeat)[i], field, "over"), field + ".over");
    spec_.blocks_.push_back(read_block((*repeat)[i], field, std::move(over)));
  }
  return std::move(spec_);
}

Result<GraphSpec> GraphSpec::parse(std::string_view json, std::string_view name) {
  try {
    return GraphSpecReader(name).read(Json::parse(json));
  } catch (const GraphSpecReader::Mistake& mistake) {
    return make_error(ErrorCode::kBadInput, "{}: field '{}': {}", name, mistake.field,
                      mistake.what);
  } catch (const Json::parse_error& error) {
    return make_error(ErrorCode::kBadInput, "{}: not valid JSON at {}", name,
                      text_place(json, error.byte));
  } catch (const Json::exception& error) {
    return make_error(ErrorCode::kBadInput, "{}: {}", name, error.what());
  }
}

}  // namespace subtide
