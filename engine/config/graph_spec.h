#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

enum class ParameterType { kString, kInteger, kNumber, kBoolean, kStrings };

/// "string", "integer", "number", "boolean", "strings": as written in graph files.
std::string_view to_string(ParameterType type);

using ParameterValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;
/// The one type that holds `value`.
ParameterType type_of(const ParameterValue& value);

using ParameterValues = std::map<std::string, ParameterValue>;

/// Something a user may set on a graph.
struct GraphParameter {
  std::string name;
  ParameterType type = ParameterType::kString;
  std::string description;
  /// Absent: unless the user gives a value, the elements keep their own defaults.
  std::optional<ParameterValue> default_value;
};

/// One property of one named element, to be set after the graph's text was parsed.
struct PropertySetting {
  std::string element;
  std::string property;  ///< "PROPERTY", or "PAD.PROPERTY" for a property of one of its pads
  ParameterValue value;
  bool operator==(const PropertySetting&) const = default;
};

/// A graph with all values filled in: gst-launch text that holds no user value, and properties.
struct BoundGraph {
  std::string launch;
  std::vector<PropertySetting> settings;
};

/// A pipeline as data: gst-launch text, typed parameters, and which property takes which value.
///
/// Values never enter the text; they are set as properties after parsing, so no value can add an
/// element. A `repeat` block's text is written once per item of a list parameter; only the item's
/// {index} (0, 1, …) and {number} (1, 2, …) are put into it. Over two lists it is written for each
/// pair, with the place in the second as {inner}. A line with a condition is written where that
/// list has items.
///
/// Owner:   the caller; a value. Threads: any, since nothing changes.
/// Errors:  kBadInput for a bad graph file, kInvalidArgument for a bad parameter value; both name
///          the field.
class GraphSpec {
 public:
  /// `name` is what errors call the file.
  static Result<GraphSpec> parse(std::string_view json, std::string_view name);
  static Result<GraphSpec> load(const std::filesystem::path& path);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::vector<std::string>& diagram() const { return diagram_; }
  const std::vector<GraphParameter>& parameters() const { return parameters_; }

  /// Fills in `values`; an unknown name or a value of another type is refused.
  Result<BoundGraph> bind(const ParameterValues& values) const;

 private:
  friend class GraphSpecReader;
  /// A literal, the value of a parameter, or the item of the repeat block.
  struct FromParameter {
    std::string parameter;
  };
  struct FromItem {};
  struct Assignment {
    std::string element;
    std::string property;
    std::variant<ParameterValue, FromParameter, FromItem> source;
  };
  struct Line {
    std::string text;
    std::string condition;  ///< a list parameter; empty: always there
  };
  struct Block {
    std::string over;   ///< a list parameter; empty: written once
    std::string inner;  ///< a second one: written for each pair; empty: none
    std::vector<Line> launch;
    std::vector<Assignment> assignments;
  };
  struct Item {
    std::size_t index = 0;
    std::string value;
    std::size_t inner = 0;
  };
  Status check_values(const ParameterValues& values) const;
  std::vector<std::string> items_of(const ParameterValues& values, const std::string& name) const;
  std::optional<ParameterValue> value_of(const ParameterValues& values,
                                         const std::string& name) const;
  std::string launch_of(const Block& block, const ParameterValues& values) const;
  void bind_once(const Block& block, const ParameterValues& values, const std::optional<Item>& item,
                 BoundGraph& bound) const;

  std::string name_;
  std::string description_;
  std::vector<std::string> diagram_;
  std::vector<GraphParameter> parameters_;
  std::vector<Block> blocks_;
};

}  // namespace subtide
