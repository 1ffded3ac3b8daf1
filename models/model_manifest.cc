#include "models/model_manifest.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace subtide {
namespace {

using Json = nlohmann::json;

constexpr double kMebibyte = 1024.0 * 1024.0;

bool is_hexadecimal(const std::string& text, std::size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Status read_checksum(const Json& json, ModelFacts& facts) {
  const bool is_sha256 = json.contains("sha256");
  facts.algorithm = is_sha256 ? HashAlgorithm::kSha256 : HashAlgorithm::kSha1;
  facts.checksum = json.at(is_sha256 ? "sha256" : "sha1").get<std::string>();
  if (is_hexadecimal(facts.checksum, is_sha256 ? 64 : 40)) return ok();
  return make_error(ErrorCode::kBadInput, "model manifest: {}: the checksum is not hexadecimal",
                    facts.name);
}

Result<ModelKind> read_kind(const Json& json) {
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "whisper") return ModelKind::kWhisper;
  if (kind == "detector") return ModelKind::kDetector;
  return make_error(ErrorCode::kBadInput, "model manifest: unknown kind '{}'", kind);
}

std::string address_of(const Json& json, const Json& repositories, const std::string& base_url,
                       const std::string& file) {
  if (!json.contains("repository")) return {};
  const auto repository = repositories.at(json.at("repository").get<std::string>());
  return (base_url.empty() ? repository.get<std::string>() : base_url) + "/" + file;
}

Result<ModelFacts> read_model(const Json& json, const Json& repositories,
                              const std::string& base_url) {
  ModelFacts facts;
  facts.name = json.at("name").get<std::string>();
  auto kind = read_kind(json);
  if (!kind) return std::move(kind.error());
  facts.kind = *kind;
  facts.file = json.at("file").get<std::string>();
  if (facts.file.empty() || facts.file.find('/') != std::string::npos || facts.file[0] == '.') {
    return make_error(ErrorCode::kBadInput, "model manifest: {}: 'file' must be a plain file name",
                      facts.name);
  }
  if (auto status = read_checksum(json, facts); !status) return std::move(status.error());
  facts.url = address_of(json, repositories, base_url, facts.file);
  facts.approximate_size =
      static_cast<std::uint64_t>(json.at("size_mib").get<double>() * kMebibyte);
  facts.rank = json.value("rank", 0);
  facts.languages = json.value("languages", std::vector<std::string>{});
  facts.max_window = from_seconds(json.value("max_window_s", 28.0));
  facts.fits_encoder_to_window = json.value("fits_encoder_to_window", false);
  facts.segment_accuracy = std::chrono::milliseconds(json.value("segment_accuracy_ms", 200));
  facts.is_test_only = json.value("test_only", false);
  facts.note = json.value("note", "");
  return facts;
}

}  // namespace

Result<std::vector<ModelFacts>> parse_model_manifest(std::string_view json,
                                                     const std::string& base_url) try {
  std::string base = base_url;
  while (base.ends_with('/')) base.pop_back();
  const Json document = Json::parse(json);
  std::vector<ModelFacts> models;
  for (const auto& entry : document.at("models")) {
    auto facts = read_model(entry, document.at("repositories"), base);
    if (!facts) return std::move(facts.error());
    models.push_back(std::move(*facts));
  }
  return models;
} catch (const Json::exception& error) {
  return make_error(ErrorCode::kBadInput, "model manifest: {}", error.what());
}

}  // namespace subtide
