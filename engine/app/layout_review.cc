#include "engine/app/layout_review.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

constexpr std::size_t kLargestSidecar = 256U << 20U;

/// Smaller is better: JSON keeps words, ASS keeps only centiseconds.
int preference(const std::string& format) {
  static constexpr std::array<const char*, 5> kBestFirst = {"json", "vtt", "ttml", "srt", "ass"};
  const auto* at = std::ranges::find(kBestFirst, format);
  return static_cast<int>(at - kBestFirst.begin());
}

Result<std::vector<Cue>> read_cues(const OutputNamed& output) {
  const auto format = parse_sidecar_format(output.format);
  if (!format) return format.error();
  const auto bytes = read_file(output.path, kLargestSidecar);
  if (!bytes) return bytes.error();
  auto sidecar = read_sidecar(*format, *bytes);
  if (!sidecar) {
    return make_error(ErrorCode::kInternal, "{}: written, but not readable: {}", output.path,
                      sidecar.error().message);
  }
  return std::move(sidecar->cues);
}

}  // namespace

Result<std::vector<WrittenCues>> read_back(const std::vector<OutputNamed>& outputs) {
  std::vector<const OutputNamed*> best;
  for (const auto& output : outputs) {
    if (!parse_sidecar_format(output.format)) continue;
    const auto same = std::ranges::find(best, output.language, &OutputNamed::language);
    if (same == best.end()) {
      best.push_back(&output);
    } else if (preference(output.format) < preference((*same)->format)) {
      *same = &output;
    }
  }
  std::vector<WrittenCues> all;
  for (const auto* output : best) {
    auto cues = read_cues(*output);
    if (!cues) return cues.error();
    for (auto& cue : *cues) cue.language = output->language;
    all.push_back({output->language, *std::move(cues)});
  }
  return all;
}

Result<LayoutReview> review_layout(const WrittenCues& written, const std::string& style,
                                   double frame_rate) {
  auto rules = layout_rules(style, written.language);
  if (!rules) return rules.error();
  rules->frame_rate = frame_rate;
  return LayoutReview{written.language, style, written.cues.size(),
                      check_rules(written.cues, *rules)};
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return make_error(ErrorCode::kIo, "{}: cannot be read", path.string());
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                       &EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  std::array<char, 1U << 16U> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    EVP_DigestUpdate(digest.get(), block.data(), static_cast<std::size_t>(file.gcount()));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  EVP_DigestFinal_ex(digest.get(), sum.data(), &length);
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", sum.at(i));
  return text;
}

}  // namespace subtide
