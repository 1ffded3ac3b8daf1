#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace subtide::playlist_text {

/// A playlist cut into tags and URIs, before anything is made of them.

struct Attribute {
  std::string value;
  bool is_quoted = false;
};
using Attributes = std::map<std::string, Attribute>;

struct Line {
  int number = 0;
  std::string tag;    ///< "#EXT-X-MAP"; empty: a URI
  std::string value;  ///< behind the colon, or the URI
};

/// Faults that were found so far, in words.
class Faults {
 public:
  void add(int line, std::string_view what);
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

/// Comments and empty lines are left out.
std::vector<Line> read_lines(std::string_view text, Faults& faults);
Attributes read_attributes(const Line& line, Faults& faults);

/// Nothing when the text is no such number.
std::optional<long long> read_integer(std::string_view text);
std::optional<double> read_decimal(std::string_view text);
/// Seconds since 1970 of an RFC 3339 instant.
std::optional<double> read_date(std::string_view text);

/// The value of an attribute that must be there, quoted or not as it should be; else a fault, and
/// an empty text.
enum class Quotes { kWith, kWithout };
std::string required(const Attributes& attributes, const std::string& name, Quotes quotes,
                     const Line& line, Faults& faults);
/// The same where it may be left out.
std::optional<std::string> optional_text(const Attributes& attributes, const std::string& name,
                                         Quotes quotes, const Line& line, Faults& faults);
std::optional<double> optional_seconds(const Attributes& attributes, const std::string& name,
                                       const Line& line, Faults& faults);

}  // namespace subtide::playlist_text
