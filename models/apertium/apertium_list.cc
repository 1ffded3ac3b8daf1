#include "models/apertium/apertium_list.h"

#include <array>
#include <sstream>
#include <utility>

#include "engine/base/child_program.h"

namespace subtide {
namespace {

// The names of Debian 12's packages that carry a pair in one or both directions.
struct PairPackage {
  const char* source;
  const char* target;
  const char* package;
};

constexpr std::array kPackages{
    PairPackage{"afr", "nld", "apertium-afr-nld"}, PairPackage{"arg", "cat", "apertium-arg-cat"},
    PairPackage{"bel", "rus", "apertium-bel-rus"}, PairPackage{"bre", "fra", "apertium-br-fr"},
    PairPackage{"cat", "ita", "apertium-cat-ita"}, PairPackage{"cat", "srd", "apertium-cat-srd"},
    PairPackage{"dan", "nob", "apertium-dan-nor"}, PairPackage{"eng", "cat", "apertium-eng-cat"},
    PairPackage{"eng", "glg", "apertium-en-gl"},   PairPackage{"eng", "spa", "apertium-eng-spa"},
    PairPackage{"epo", "cat", "apertium-eo-ca"},   PairPackage{"epo", "eng", "apertium-eo-en"},
    PairPackage{"epo", "spa", "apertium-eo-es"},   PairPackage{"epo", "fra", "apertium-eo-fr"},
    PairPackage{"eus", "eng", "apertium-eu-en"},   PairPackage{"eus", "spa", "apertium-eu-es"},
    PairPackage{"fra", "cat", "apertium-fra-cat"}, PairPackage{"fra", "spa", "apertium-fr-es"},
    PairPackage{"hbs", "eng", "apertium-hbs-eng"}, PairPackage{"hbs", "mkd", "apertium-hbs-mkd"},
    PairPackage{"hbs", "slv", "apertium-hbs-slv"}, PairPackage{"isl", "eng", "apertium-isl-eng"},
    PairPackage{"isl", "swe", "apertium-isl-swe"}, PairPackage{"mkd", "bul", "apertium-mkd-bul"},
    PairPackage{"mkd", "eng", "apertium-mkd-eng"}, PairPackage{"nno", "nob", "apertium-nno-nob"},
    PairPackage{"oci", "cat", "apertium-oc-ca"},   PairPackage{"oci", "fra", "apertium-oci-fra"},
    PairPackage{"oci", "spa", "apertium-oc-es"},   PairPackage{"por", "cat", "apertium-por-cat"},
    PairPackage{"por", "glg", "apertium-pt-gl"},   PairPackage{"rus", "ukr", "apertium-rus-ukr"},
    PairPackage{"spa", "arg", "apertium-spa-arg"}, PairPackage{"spa", "ast", "apertium-spa-ast"},
    PairPackage{"spa", "cat", "apertium-spa-cat"}, PairPackage{"spa", "glg", "apertium-es-gl"},
    PairPackage{"spa", "ita", "apertium-spa-ita"}, PairPackage{"spa", "por", "apertium-es-pt"},
    PairPackage{"spa", "ron", "apertium-es-ro"},   PairPackage{"srd", "ita", "apertium-srd-ita"},
    PairPackage{"swe", "dan", "apertium-swe-dan"}, PairPackage{"swe", "nob", "apertium-swe-nor"},
    PairPackage{"urd", "hin", "apertium-urd-hin"},
};

// The packages' pairs as if they were installed, in both directions; the mode is the package.
std::vector<ApertiumPair> known_packages() {
  std::vector<ApertiumPair> pairs;
  for (const auto& [source, target, package] : kPackages) {
    pairs.push_back({package, source, target, true});
    pairs.push_back({package, target, source, true});
  }
  return pairs;
}

std::string remedy(std::vector<ApertiumPair> pairs, const std::string& source,
                   const std::string& target) {
  for (auto& known : known_packages()) pairs.push_back(std::move(known));
  const auto route = find_apertium_route(pairs, source, target);
  if (!route) return "no Debian package offers it; use openai-chat:URL or libretranslate:URL";
  std::string packages;
  for (const auto& step : *route) {
    if (step.starts_with("apertium-")) packages += " " + step;
  }
  return "run: apt install" + packages;
}

}  // namespace

Result<std::vector<ApertiumPair>> read_apertium_pairs(const std::string& program) {
  const auto listing = run_child({{program, "-l"}, {}});
  if (!listing && listing.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kNotFound,
                      "apertium is not installed; run: apt install apertium apertium-eng-spa");
  }
  if (!listing) return listing.error();
  std::vector<ApertiumPair> pairs;
  std::istringstream lines(listing->output);
  for (std::string mode; lines >> mode;) {
    if (auto pair = parse_apertium_mode(mode)) pairs.push_back(std::move(*pair));
  }
  return pairs;
}

Result<std::vector<std::string>> route_or_remedy(const std::vector<ApertiumPair>& pairs,
                                                 const std::string& source,
                                                 const std::string& target) {
  auto route = find_apertium_route(pairs, source, target);
  if (route) return std::move(*route);
  return make_error(ErrorCode::kUnsupported, "apertium cannot translate {} to {} here; {}",
                    to_bcp47(source), to_bcp47(target), remedy(pairs, source, target));
}

}  // namespace subtide
