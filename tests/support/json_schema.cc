#include "tests/support/json_schema.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace subtide {

std::string first_breach(const nlohmann::json& schema, const nlohmann::json& value) {
  using valijson::adapters::NlohmannJsonAdapter;
  valijson::Schema parsed;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(NlohmannJsonAdapter(schema), parsed);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(parsed, NlohmannJsonAdapter(value), &results)) return "";
  valijson::ValidationResults::Error error;
  if (!results.popError(error)) return "invalid";
  std::string path;
  for (const auto& part : error.context) path += part;
  return path + ": " + error.description;
}

}  // namespace subtide
